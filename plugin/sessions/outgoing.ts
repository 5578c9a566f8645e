/**
 * What waits for one client, in order: bodies as they are, notices packed into as few bodies as fit.
 *
 * A notice that finds another one waiting at the end goes with it; so nothing overtakes anything. A few notices go at
 * once; when more come than that in a short while, the rest of them wait until it is over, or until a body follows them.
 * To a client that reads several messages from one body, messages and notices that wait go together.
 */
import { mergeEnvelopes } from "../xccos/envelope.ts";
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
	/**
	 * What goes next, or how long it still waits; undefined when there is nothing. `batchBytes`: of a body that brings several
	 * messages, at most; 0: none does.
	 */
	next(batchBytes?: number): Parcel | { readonly waitMs: number } | undefined;
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

	/** As much of what waits as fits; undefined when that is not more than one. */
	function takeBatch(batchBytes: number): Parcel | undefined {
		let count = 0;
		let size = 0;
		for (const item of items) {
			const more = bytesInBatch(item);
			if (more === undefined || size + more > batchBytes) break;
			size += more;
			count += 1;
		}
		if (count < 2) return undefined;
		const batch = items.splice(0, count);
		const bodies = batch.map((item) => {
			bytes -= sizeOf(item);
			if ("body" in item) return item.body;
			return encodeNotices(nextEnvid(), item.pack.blocks);
		});
		return {
			body: mergeEnvelopes(bodies),
			taken() {
				for (const item of batch) if ("about" in item) item.about?.taken();
			},
		};
	}

	function hasTaken(item: Exclude<Waiting, { pack: Pack }>): void {
		if ("about" in item) item.about?.taken();
		if (!("reply" in item) || item.reply.taken === undefined) return;
		const isLast = !items.some(
			(other) => "reply" in other && other.reply === item.reply,
		);
		if (isLast) item.reply.taken();
	}

	return {
		add(body, about) {
			items.push({ body, about });
			bytes += body.length;
		},
		addReply(reply) {
			if (reply.parts.length === 0) reply.taken?.();
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
		next(batchBytes = 0) {
			const [first, second] = items;
			if (first === undefined) return undefined;
			if (batchBytes > 0 && second !== undefined) {
				const batch = takeBatch(batchBytes);
				if (batch !== undefined) return batch;
			}
			if ("pack" in first) {
				const wait = items.length > 1 ? 0 : waitMs();
				if (wait > 0) return { waitMs: wait };
				items.shift();
				return takePack(first.pack);
			}
			items.shift();
			bytes -= first.body.length;
			return { body: first.body, taken: () => hasTaken(first) };
		},
		revise(revision) {
			items = [...revision(items)];
			bytes = items.reduce((sum, item) => sum + sizeOf(item), 0);
		},
		clear() {
			for (const item of items) if ("reply" in item) item.reply.taken?.();
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

/** Around the blocks of notices. */
const noticeOverheadBytes = 120;

/** Undefined: it goes alone, since it is no news of a room. */
function bytesInBatch(item: Waiting): number | undefined {
	if ("pack" in item) return item.pack.bytes + noticeOverheadBytes;
	const isMessage = "about" in item && item.about !== undefined;
	return isMessage ? Buffer.byteLength(item.body) : undefined;
}

function sizeOf(item: Waiting): number {
	return "pack" in item ? item.pack.bytes : item.body.length;
}
