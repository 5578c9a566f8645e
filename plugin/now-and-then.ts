/** Rooms of which something is to be told soon, each once in a while at most, one after another. */
import type { RoomId } from "./rooms/types.ts";

export interface NowAndThen {
	/** It is told of within the while. */
	due(room: RoomId): void;
	closed(): boolean;
	/** Resolves when nothing is told any more. */
	close(): Promise<void>;
}

/** `failed` hears of a room that could not be told of; the others are. */
export function createNowAndThen({
	everyMs,
	tell,
	failed,
}: {
	readonly everyMs: number;
	tell(room: RoomId): Promise<void>;
	failed(room: RoomId, error: unknown): void;
}): NowAndThen {
	const due = new Set<RoomId>();
	let timer: NodeJS.Timeout | undefined;
	let work: Promise<void> = Promise.resolve();
	let closed = false;

	async function tellAll(): Promise<void> {
		const rooms = [...due];
		due.clear();
		for (const room of rooms) {
			if (closed) return;
			await tell(room).catch((error) => failed(room, error));
		}
		timer = undefined;
		if (due.size > 0) wait();
	}

	function wait(): void {
		if (closed) return;
		timer ??= setTimeout(() => {
			work = tellAll();
		}, everyMs);
	}

	return {
		due(room) {
			due.add(room);
			wait();
		},
		closed: () => closed,
		async close() {
			closed = true;
			clearTimeout(timer);
			await work;
		},
	};
}
