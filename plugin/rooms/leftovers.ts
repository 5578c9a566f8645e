/** Participants who were left behind in rooms: by an earlier run of this node, or by another one that is dead. */
import type { Entry } from "../store/index.ts";
import type { RoomEvent } from "./events.ts";
import { leave } from "./membership.ts";
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
	for (const room of new Set(leftovers.map((each) => each.room))) {
		const here = leftovers.filter((each) => each.room === room);
		for (const event of await partThem(work, room, here, lastAlive)) {
			await tell(work, event);
		}
	}
	return leftovers.length;
}

/** What is to be told of it. */
function partThem(
	work: RoomsWork,
	room: RoomId,
	here: readonly Entry[],
	lastAlive: Date | undefined,
): Promise<readonly RoomEvent[]> {
	return work.store.transaction(async (tx) => {
		const events: RoomEvent[] = [];
		const { lastSequence = 0 } = (await tx.rooms.find(room)) ?? {};
		// What was posted was told at once: what is newer was posted elsewhere, or after.
		const heard = new Map([[room, lastSequence]]);
		const [newest] = await tx.messages.latest(room, 1);
		for (const { actor, session, device, enteredAt } of here) {
			const lost = device === undefined ? undefined : { device, heard };
			const known = [lastAlive ?? work.now(), newest?.postedAt, enteredAt];
			const diedAt = latest(known, work.now());
			const leaver = { actor, session, lost, diedAt };
			const left = await leave(work, tx, leaver, room);
			const rooms = [room];
			if (left.tellOthers) {
				events.push({ type: "parted", rooms, user: userOf(actor) });
			} else if (left.isGone) {
				const user = actor.uri;
				events.push({ type: "moved", rooms, user, arrived: false });
			}
			if (left.roster !== undefined) events.push(left.roster);
		}
		return events;
	});
}

/** The dates of what happened in a room do not go back; nor does a clock that was wrong take them into the future. */
function latest(known: readonly (Date | undefined)[], now: Date): Date {
	const times = known.map((each) => each?.getTime() ?? 0);
	return new Date(Math.min(Math.max(...times), now.getTime()));
}
