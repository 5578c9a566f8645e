/**
 * Posts that wait to be stored, by room. Those of several rooms go together, in few transactions: what a commit costs, the disk and the
 * way to the database, is shared by all that have come meanwhile.
 *
 * A room is in one transaction at a time, until it has been told; so its posts keep their order. Rooms that another transaction has
 * locked (an administrator's change, another node) are left out and go each by itself, where they wait and nobody waits for them.
 */
import { ChatError } from "../errors.ts";
import type { TraceContext } from "../tracing.ts";
import type { Look } from "./look-at-rooms.ts";
import type { Actor, Draft, Message, RoomId } from "./types.ts";

/** Posts to one room that may wait for their turn; more are refused as overload. */
const maxWaiting = 1_000;
/** Posts in one transaction, which others wait for. */
const maxTogether = 50;
/** While one reaches the disk, the next is made. */
const transactionsAtOnce = 2;
/** What the newest counts among what was measured before it. */
const newest = 0.3;

export interface Waiting {
	readonly actor: Actor;
	readonly draft: Draft;
	/** By the clock of what passes. */
	readonly deadline: number;
	readonly trace: TraceContext;
	kept(message: Message): void;
	refused(error: unknown): void;
}

/**
 * Stores and tells; each post hears what has become of it. Never rejects. Gives those whose rooms are locked by others, where it does
 * not wait for them (`free`).
 */
export type StorePosts = (
	posts: readonly Waiting[],
	how: Look,
	/** They are stored, and being told. */
	stored: () => void,
) => Promise<readonly Waiting[]>;

export interface PostQueues {
	/** Refused at once, if it would wait too long. */
	add(post: Waiting): void;
}

export interface PostQueuesNeeds {
	readonly store: StorePosts;
	/** Milliseconds that only go forward. */
	elapsedMs(): number;
	/** A post that would wait longer is refused; 0: none. */
	readonly waitMs: number;
}

export function createPostQueues(needs: PostQueuesNeeds): PostQueues {
	const { store, elapsedMs, waitMs } = needs;
	/** In the order in which the rooms began to wait. */
	const queues = new Map<RoomId, Waiting[]>();
	let waiting = 0;
	/** Rooms whose posts are being stored, and since when; or told: undefined. */
	const busy = new Map<RoomId, number | undefined>();
	/** When each of the transactions was begun, the oldest first. */
	const begun = new Set<{ readonly at: number }>();
	/** How long it took of late to store what goes together, where nobody else had the rooms. */
	let typicalMs = 0;
	let soon = false;

	/** Whose post was kept goes on in this turn: what he posts next goes with what has waited. */
	function beginSoon(): void {
		if (soon) return;
		soon = true;
		setImmediate(() => {
			soon = false;
			begin();
		});
	}

	function begin(): void {
		while (begun.size < transactionsAtOnce) {
			const posts = take();
			if (posts.length === 0) return;
			void storeTogether(posts);
		}
	}

	/** Of rooms that are not busy, which they are then. */
	function take(): readonly Waiting[] {
		const now = elapsedMs();
		const taken: Waiting[] = [];
		for (const [room, queue] of queues) {
			if (taken.length === maxTogether) break;
			if (busy.has(room)) continue;
			const some = queue.splice(0, maxTogether - taken.length);
			waiting -= some.length;
			if (queue.length === 0) queues.delete(room);
			const inTime = some.filter(({ deadline }) => deadline >= now);
			for (const { deadline, refused } of some) {
				if (deadline < now) refused(overload());
			}
			if (inTime.length > 0) busy.set(room, now);
			taken.push(...inTime);
		}
		return taken;
	}

	async function storeTogether(posts: readonly Waiting[]): Promise<void> {
		const rooms = [...byRoom(posts).keys()];
		const transaction = { at: elapsedMs() };
		begun.add(transaction);
		function stored(): void {
			if (!begun.delete(transaction)) return;
			typicalMs += (elapsedMs() - transaction.at - typicalMs) * newest;
			for (const room of rooms) busy.set(room, undefined);
			beginSoon();
		}
		const locked = byRoom(await store(posts, "free", stored));
		stored();
		for (const room of rooms) {
			const left = locked.get(room);
			if (left === undefined) busy.delete(room);
			else void storeAlone(room, left, transaction.at);
		}
		beginSoon();
	}

	async function storeAlone(
		room: RoomId,
		posts: readonly Waiting[],
		since: number,
	): Promise<void> {
		busy.set(room, since);
		await store(posts, "waiting", () => busy.set(room, undefined));
		busy.delete(room);
		beginSoon();
	}

	/** How long one more would wait: behind what is being stored and what waits in its room, and in all of them. */
	function expectedMs(room: RoomId, before: number): number {
		const now = elapsedMs();
		const since = busy.get(room);
		const [oldest] = begun;
		const isFull = begun.size === transactionsAtOnce;
		const inRoom = (since === undefined ? 0 : 1) + groupsOf(before);
		const inAll = (isFull ? 1 : 0) + groupsOf(waiting / transactionsAtOnce);
		return Math.max(
			inRoom * Math.max(typicalMs, now - (since ?? now)),
			inAll * Math.max(typicalMs, isFull && oldest ? now - oldest.at : 0),
		);
	}

	return {
		add(post) {
			const { room } = post.draft;
			const queue = queues.get(room) ?? [];
			const isTooLong = waitMs > 0 && expectedMs(room, queue.length) > waitMs;
			if (queue.length >= maxWaiting || isTooLong) {
				post.refused(overload());
				return;
			}
			queue.push(post);
			queues.set(room, queue);
			waiting += 1;
			if (!soon) begin();
		},
	};
}

/** Whole ones that are before. */
function groupsOf(posts: number): number {
	return Math.floor(posts / maxTogether);
}

export function byRoom(
	posts: readonly Waiting[],
): ReadonlyMap<RoomId, readonly Waiting[]> {
	const rooms = new Map<RoomId, Waiting[]>();
	for (const post of posts) {
		const { room } = post.draft;
		const there = rooms.get(room);
		if (there === undefined) rooms.set(room, [post]);
		else there.push(post);
	}
	return rooms;
}

function overload(): ChatError {
	return new ChatError(
		"unavailable",
		"Too many messages are waiting to be stored in this room; try again later.",
	);
}
