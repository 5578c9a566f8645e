/**
 * What is owed, a batch at a time from the oldest on. Rooms that wait are passed over: what they owe, however much it is, is
 * behind nobody. Now and then it begins anew at the oldest, for them, and for what was committed late.
 */
import type { OwedEvent, OwedEvents } from "../store/store.ts";

export interface OwedReading {
	/** The oldest of those that may go; there are none where all that is owed waits. */
	next(): Promise<readonly OwedEvent[]>;
	/** These rooms wait until it begins anew. */
	pass(rooms: ReadonlySet<string>, why: Error): void;
	/** Whether any room is passed over. */
	passes(): boolean;
	/** What is owed was read to its end, or to the end of patience: what keeps rooms waiting, once each time. */
	trouble(): Error | undefined;
	/** Whether there was any the last time that it came to the end. */
	troubled(): boolean;
	/** There may be more to read at once. */
	hasMore(): boolean;
	/** Not before then, and not so that nothing else is done. */
	beginAnewAfter(waitMs: number): void;
	beginAnew(): void;
}

export interface BatchSize {
	readonly events: number;
	readonly bytes: number;
}

/** More of them are waited for, as if they were all rooms. */
const roomsAtMost = 10_000;
/** Of the time, at most one part in so many goes to looking for what still waits. */
const seldom = 10;

export function readOwedEvents(
	owed: Pick<OwedEvents, "past">,
	batch: BatchSize,
): OwedReading {
	let rooms = new Set<string>();
	let why: Error | undefined;
	let after = 0;
	let isEnd = false;
	let told = false;
	let troubled = false;
	let begunAt = performance.now();
	let againAt = Number.POSITIVE_INFINITY;

	function beginAnew(): void {
		rooms = new Set();
		why = undefined;
		after = 0;
		told = false;
		begunAt = performance.now();
		againAt = Number.POSITIVE_INFINITY;
	}

	return {
		async next() {
			if (performance.now() >= againAt || rooms.size === 0) beginAnew();
			const found = await owed.past({ rooms, after }, batch);
			isEnd = found.isEnd;
			// Where nobody waits, all before it is gone, or is still to come.
			if (rooms.size > 0) after = found.through;
			else if (isEnd) troubled = false;
			return found.events;
		},
		pass(more, because) {
			why ??= because;
			for (const room of more) rooms.add(room);
			if (rooms.size > roomsAtMost) isEnd = true;
		},
		passes: () => rooms.size > 0,
		trouble() {
			if (!isEnd || told || why === undefined) return undefined;
			told = true;
			troubled = true;
			return why;
		},
		troubled: () => troubled || rooms.size > 0,
		hasMore: () => rooms.size > 0 && !isEnd,
		beginAnewAfter(waitMs) {
			const now = performance.now();
			againAt = now + Math.max(waitMs, seldom * (now - begunAt));
		},
		beginAnew,
	};
}
