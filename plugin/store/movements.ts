/** What comings and goings make of a room's row: how many users are in it, and whether their list is hidden. */
import type { Knex } from "knex";
import type { RoomId } from "../rooms/types.ts";
import type { Counters, Locks } from "./locks.ts";
import { inChunks } from "./rows.ts";
import type { Movement } from "./store.ts";

/** Hidden above the limit, shown again below this part of it: not at every coming and going about the limit. */
const shownBelow = 0.8;

type Moved = Omit<Movement, "ofUser">;

/** What happened in a room. */
export interface Step {
	movements: number;
	/** So many more, or less. */
	users: number;
}

/** A room's row says how many users are in it and whether their list is hidden; two Galera nodes collide on it. Rooms in which the same happened are written together. */
export async function move(
	tx: Knex,
	locks: Locks,
	steps: ReadonlyMap<RoomId, Step>,
	rosterLimit: number,
): Promise<(room: RoomId) => Moved> {
	const movements = new Map<RoomId, Moved>();
	const alike = new Map<
		string,
		{ readonly step: Step; hidden: boolean; rooms: RoomId[] }
	>();
	for (const [room, step] of steps) {
		const counters = locks.of(room);
		const before = { ...counters };
		counters.movements += step.movements;
		counters.participants += step.users;
		counters.rosterHidden =
			counters.participants > rosterLimit ||
			(before.rosterHidden &&
				counters.participants >= shownBelow * rosterLimit);
		const hidden = counters.rosterHidden;
		const key = `${step.movements} ${step.users} ${hidden}`;
		const same = alike.get(key) ?? { step, hidden, rooms: [] };
		same.rooms.push(room);
		alike.set(key, same);
		movements.set(room, movementOf(before, counters));
	}
	for (const { step, hidden, rooms } of alike.values()) {
		await inChunks(rooms, async (some) => {
			await tx("rooms")
				.whereIn("id", some)
				.increment({ movements: step.movements, participants: step.users })
				.update({ roster_hidden: hidden });
		});
	}
	return (room) => {
		const movement = movements.get(room);
		if (movement === undefined) throw new Error(`Nothing moved in ${room}`);
		return movement;
	};
}

/** Nothing happened. */
export function unmoved(counters: Counters): Moved {
	return movementOf(counters, counters);
}

function movementOf(
	before: Counters,
	{ participants, rosterHidden }: Counters,
): Moved {
	return {
		count: participants,
		hidden: rosterHidden,
		hiddenNow: !before.rosterHidden && rosterHidden,
		shownAgain: before.rosterHidden && !rosterHidden,
	};
}
