/** Participants whom an earlier run of this node left behind in rooms. */
import { leave } from "./membership.ts";
import type { RoomsWork } from "./work.ts";

export interface Leftovers {
	/** Parts whoever an earlier run of this node left behind; how many those were. Before the first `alive` of this run. */
	partLeftovers(): Promise<number>;
	/** This node lives: should it be killed, whoever it leaves behind has been in his rooms until now. */
	alive(): Promise<void>;
}

export function createLeftovers(work: RoomsWork): Leftovers {
	return {
		partLeftovers: () => partLeftovers(work),
		alive: () => work.store.nodes.alive(work.node, work.now()),
	};
}

/** After a crash: whoever this node left behind in rooms is parted, so that no ghost remains and every JOIN has its PART. */
async function partLeftovers(work: RoomsWork): Promise<number> {
	const { store, node } = work;
	const lastAlive = await store.nodes.lastAlive(node);
	const leftovers = await store.transaction((tx) =>
		tx.participants.ofNode(node),
	);
	for (const room of new Set(leftovers.map(({ room }) => room))) {
		const here = leftovers.filter((each) => each.room === room);
		await store.transaction(async (tx) => {
			const { lastSequence = 0 } = (await tx.rooms.find(room)) ?? {};
			// What was posted was told at once: what is newer was posted elsewhere, or after.
			const heard = new Map([[room, lastSequence]]);
			const [newest] = await tx.messages.latest(room, 1);
			for (const { actor, session, device, enteredAt } of here) {
				const lost = device === undefined ? undefined : { device, heard };
				const known = [lastAlive ?? work.now(), newest?.postedAt, enteredAt];
				const diedAt = latest(known, work.now());
				await leave(work, tx, { actor, session, lost, diedAt }, room);
			}
		});
	}
	return leftovers.length;
}

/** The dates of what happened in a room do not go back; nor does a clock that was wrong take them into the future. */
function latest(known: readonly (Date | undefined)[], now: Date): Date {
	const times = known.map((each) => each?.getTime() ?? 0);
	return new Date(Math.min(Math.max(...times), now.getTime()));
}
