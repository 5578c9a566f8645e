/**
 * What waits for one client, in order: bodies as they are, notices packed into as few bodies as fit.
 *
 * A notice that finds another one waiting at the end goes with it; so nothing overtakes anything. A few notices go at
 * once; when more come than that in a short while, the rest of them wait until it is over, or until a body follows them.
 */
import type { RoomId } from "../rooms/types.ts";
import {
	encodeNotices,
	type Notice,
	type NoticeBlock,
	noticeBytes,
} from "../xccos/notices.ts";

/** A body, ready to go. */
export interface Parcel {
	readonly body: string;
	/** The client has taken it. */
	taken(): void;
}

export interface Outgoing {
	/** `about`: the room that the body is of, and what is to be done when the client has taken it. */
	add(body: string, about?: About): void;
	addNotice(notice: Notice): void;
	/** What goes next, or how long it still waits; undefined when there is nothing. */
	next(): Parcel | { readonly waitMs: number } | undefined;
	/** What waits about this room is not told any more. */
	forget(room: RoomId): void;
	clear(): void;
	/** Bodies that wait. */
	readonly count: number;
	readonly bytes: number;
}

export interface About {
	readonly room: RoomId;
	taken(): void;
}

interface Pack {
	blocks: { readonly id: string; readonly block: NoticeBlock }[];
	bytes: number;
}

type Item =
	| { readonly body: string; readonly about: About | undefined }
	| { readonly pack: Pack };

/** So many bodies of notices go at once … */
const few = 3;
/** … in so long a while. */
const whileMs = 500;
/** What a block takes beside itself. */
const blockOverheadBytes = 60;

export function createOutgoing({
	nextEnvid,
	now = () => performance.now(),
}: {
	readonly nextEnvid: () => string;
	readonly now?: () => number;
}): Outgoing {
	let items: Item[] = [];
	let bytes = 0;
	let whileBegan = Number.NEGATIVE_INFINITY;
	let gone = 0;

	function openPack(block: NoticeBlock): Pack {
		const last = items.at(-1);
		const size = block.bytes + blockOverheadBytes;
		if (last !== undefined && "pack" in last) {
			if (last.pack.bytes + size <= noticeBytes) return last.pack;
		}
		const pack: Pack = { blocks: [], bytes: 0 };
		items.push({ pack });
		return pack;
	}

	/** How long a pack that could still grow waits. */
	function waitMs(): number {
		const sinceMs = now() - whileBegan;
		if (sinceMs >= whileMs || gone < few) return 0;
		return whileMs - sinceMs;
	}

	function takePack({ blocks, bytes: packBytes }: Pack): Parcel {
		if (now() - whileBegan >= whileMs) {
			whileBegan = now();
			gone = 0;
		}
		gone += 1;
		bytes -= packBytes;
		return { body: encodeNotices(nextEnvid(), blocks), taken() {} };
	}

	return {
		add(body, about) {
			items.push({ body, about });
			bytes += body.length;
		},
		addNotice({ id, blocks }) {
			for (const block of blocks) {
				const pack = openPack(block);
				const size = block.bytes + blockOverheadBytes;
				pack.blocks.push({ id, block });
				pack.bytes += size;
				bytes += size;
			}
		},
		next() {
			const [first] = items;
			if (first === undefined) return undefined;
			if ("pack" in first) {
				const wait = items.length > 1 ? 0 : waitMs();
				if (wait > 0) return { waitMs: wait };
				items.shift();
				return takePack(first.pack);
			}
			items.shift();
			bytes -= first.body.length;
			return { body: first.body, taken: () => first.about?.taken() };
		},
		forget(room) {
			items = items.filter((item) =>
				"pack" in item ? narrow(item.pack, room) : item.about?.room !== room,
			);
			bytes = items.reduce((sum, item) => sum + sizeOf(item), 0);
		},
		clear() {
			items = [];
			bytes = 0;
		},
		get count() {
			return items.length;
		},
		get bytes() {
			return bytes;
		},
	};
}

function sizeOf(item: Item): number {
	return "pack" in item ? item.pack.bytes : item.body.length;
}

/** Takes out what is of the room; whether anything is left. */
function narrow(pack: Pack, room: RoomId): boolean {
	pack.blocks = pack.blocks.flatMap(({ id, block }) => {
		if (!block.rooms.includes(room)) return [{ id, block }];
		const others = block.rooms.filter((other) => other !== room);
		return others.length === 0 ? [] : [{ id, block: block.only(others) }];
	});
	pack.bytes = pack.blocks.reduce(
		(sum, { block }) => sum + block.bytes + blockOverheadBytes,
		0,
	);
	return pack.blocks.length > 0;
}
