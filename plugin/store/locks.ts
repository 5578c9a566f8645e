/** The rooms that a transaction has locked, with the counters which it alone may now advance. */
import type { RoomId } from "../rooms/types.ts";

export interface Counters {
	lastSequence: number;
	/** Goes up whenever somebody enters or leaves. */
	movements: number;
	/** Users in the room. */
	participants: number;
	rosterHidden: boolean;
}

export interface Locks {
	note(room: RoomId, counters: Counters): void;
	/** For the transaction to advance. Throws unless the room is locked: that is a bug, found at once. */
	of(room: RoomId): Counters;
}

export function noLocks(): Locks {
	const locked = new Map<RoomId, Counters>();
	return {
		note(room, counters) {
			locked.set(room, counters);
		},
		of(room) {
			const found = locked.get(room);
			if (found === undefined) {
				throw new Error(`Room ${room} is not locked by this transaction`);
			}
			return found;
		},
	};
}
