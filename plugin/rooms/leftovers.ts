/** Participants who were left behind in rooms: by an earlier run of this node, or by another one that is dead. */

import { ChatError } from "../errors.ts";
import type { Entry } from "../store/index.ts";
import { type Leaver, type Left, leave } from "./departures.ts";
import type { RoomEvent } from "./events.ts";

import { tell, userOf } from "./telling.ts";
import type { RoomId } from "./types.ts";
import type { RoomsWork } from "./work.ts";

export interface Leftovers {
	/** Parts whoever an earlier run of this node left behind; how many those were. Before the first `alive` of this run. */
	partLeftovers(): Promise<number>;
	/** Parts whoever another node left behind, unless it has said since then that it lives; how many those were. */
	partDead(node: string, aliveAt: Date): Promise<number>;
	/** This node lives: should it be killed, whoever it leaves behind has been in his rooms until now. */
	alive(): Promise<void>;
}

export function createLeftovers(work: RoomsWork): Leftovers {
	return {
		partLeftovers: () => partLeftovers(work, work.node),
		partDead: (node, aliveAt) => partLeftovers(work, node, aliveAt),
		alive: () => work.store.nodes.alive(work.node, work.now()),
	};
}

/**
 * Whoever the node left behind is parted, so that no ghost remains and every JOIN has its PART; the others are told. Two may do
 * so at the same time: what one has done the other finds done, with the room locked.
 */
async function partLeftovers(
	work: RoomsWork,
	node: string,
	asOf?: Date,
): Promise<number> {
	const { store } = work;
	const leftovers = await store.transaction((tx) =>
		tx.participants.ofNode(node),
	);
	// Asked after that: a new run of it says that it lives before anybody joins by it.
	const lastAlive = await store.nodes.lastAlive(node);
	if (asOf !== undefined && lastAlive?.getTime() !== asOf.getTime()) return 0;
	const rooms = new Map<RoomId, Entry[]>();
	for (const each of leftovers) {
		const here = rooms.get(each.room);
		if (here === undefined) rooms.set(each.room, [each]);
		else here.push(each);
	}
	for (const [room, here] of rooms) {
		for (const event of await partThem(work, room, here, lastAlive)) {
			await tell(work, event);
		}
	}
	return leftovers.length;
}

/** What is to be told of it. */
function partThem(
	work: RoomsWork,
	id: RoomId,
	here: readonly Entry[],
	lastAlive: Date | undefined,
): Promise<readonly RoomEvent[]> {
	return work.store.transaction(async (tx) => {
		const room = await tx.rooms.lock(id).catch(unlessGone);
		if (room === undefined) return [];
		// What was posted was told at once: what is newer was posted elsewhere, or after.
		const heard = new Map([[id, room.lastSequence]]);
		const [newest] = await tx.messages.latest(id, 1);
		const departures = here.map(({ actor, session, device, enteredAt }) => {
			const lost = device === undefined ? undefined : { device, heard };
			const known = [lastAlive ?? work.now(), newest?.postedAt, enteredAt];
			const diedAt = latest(known, work.now());
			return { room, leaver: { actor, session, lost, diedAt } };
		});
		const left = await leave(work, tx, departures);
		return left.flatMap((outcome, index) => {
			const leaver = departures[index]?.leaver;
			return leaver === undefined ? [] : eventsOf(id, leaver, outcome);
		});
	});
}

function eventsOf(
	room: RoomId,
	{ actor }: Leaver,
	{ tellOthers, isGone, roster }: Left,
): readonly RoomEvent[] {
	const events: RoomEvent[] = [];
	const rooms = [room];
	if (tellOthers) events.push({ type: "parted", rooms, user: userOf(actor) });
	else if (isGone) {
		events.push({ type: "moved", rooms, user: actor.uri, arrived: false });
	}
	if (roster !== undefined) events.push(roster);
	return events;
}

/** Nobody is in a room that has been removed. */
function unlessGone(error: unknown): undefined {
	if (error instanceof ChatError && error.reason === "no-such-room") return;
	throw error;
}

/** The dates of what happened in a room do not go back; nor does a clock that was wrong take them into the future. */
function latest(known: readonly (Date | undefined)[], now: Date): Date {
	const times = known.map((each) => each?.getTime() ?? 0);
	return new Date(Math.min(Math.max(...times), now.getTime()));
}
