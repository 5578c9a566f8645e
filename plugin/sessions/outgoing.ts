/**
 * What waits for one client, in order: bodies as they are, notices packed into as few bodies as fit.
 *
 * A notice that finds another one waiting at the end goes with it; so nothing overtakes anything. A few notices go at
 * once; when more come than that in a short while, the rest of them wait until it is over, or until a body follows them.
 */
import {
	encodeNotices,
	type Notice,
	type NoticeBlock,
	noticeBytes,
} from "../xccos/notices.ts";
import {
	type About,
	type Pack,
	type Reply,
	type Revision,
	sizeOfBlock,
	type Waiting,
} from "./queue-items.ts";

/** A body, ready to go. */
export interface Parcel {
	readonly body: string;
	/** The client has taken it. */
	taken(): void;
}

export interface Outgoing {
	/** `about`: the message that the body brings. */
	add(body: string, about?: About): void;
	addReply(reply: Reply): void;
	addNotice(notice: Notice): void;
	/** What goes next, or how long it still waits; undefined when there is nothing. */
	next(): Parcel | { readonly waitMs: number } | undefined;
	/** What waits is to be told otherwise, or not any more. */
	revise(revision: Revision): void;
	clear(): void;
	/** Bodies that wait. */
	readonly count: number;
	readonly bytes: number;
}

/** So many bodies of notices go at once … */
const few = 3;
/** … in so long a while. */
const whileMs = 500;

export function createOutgoing({
	nextEnvid,
	now = () => performance.now(),
}: {
	readonly nextEnvid: () => string;
	readonly now?: () => number;
}): Outgoing {
	let items: Waiting[] = [];
	let bytes = 0;
	let whileBegan = Number.NEGATIVE_INFINITY;
	let gone = 0;

	function openPack(block: NoticeBlock): Pack {
		const last = items.at(-1);
		const size = sizeOfBlock(block);
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
		addReply(reply) {
			for (const part of reply.parts) {
				items.push({ body: part.body, part, reply });
				bytes += part.body.length;
			}
		},
		addNotice({ id, blocks }) {
			for (const block of blocks) {
				const pack = openPack(block);
				const size = sizeOfBlock(block);
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
			const about = "about" in first ? first.about : undefined;
			return { body: first.body, taken: () => about?.taken() };
		},
		revise(revision) {
			items = [...revision(items)];
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

function sizeOf(item: Waiting): number {
	return "pack" in item ? item.pack.bytes : item.body.length;
}
