/** The rooms that a transaction has locked, with the counters which it alone may now advance. */
import type { RoomId } from "../rooms/types.ts";

export interface Locks {
	note(room: RoomId, lastSequence: number, movements: number): void;
	/** The sequence of the next message. Throws unless the room is locked: that is a bug, found at once. */
	nextSequence(room: RoomId): number;
	/** Takes back the last one given: it was not used. */
	returnSequence(room: RoomId): void;
	/** The number of the next coming or going. Throws unless the room is locked. */
	nextMovement(room: RoomId): number;
}

export function noLocks(): Locks {
	const locked = new Map<RoomId, { lastSequence: number; movements: number }>();
	const counters = (room: RoomId) => {
		const found = locked.get(room);
		if (found === undefined) {
			throw new Error(`Room ${room} is not locked by this transaction`);
		}
		return found;
	};
	return {
		note(room, lastSequence, movements) {
			locked.set(room, { lastSequence, movements });
		},
		nextSequence: (room) => ++counters(room).lastSequence,
		returnSequence(room) {
			counters(room).lastSequence--;
		},
		nextMovement: (room) => ++counters(room).movements,
	};
}
