/** Participants whom an earlier run of this node left behind in rooms. */
import { leave } from "./membership.ts";
import type { Actor, RoomId, SessionId, UserUri } from "./types.ts";
import type { RoomsWork } from "./work.ts";

export interface Leftovers {
	/** Parts whoever an earlier run of this node left behind; how many those were. */
	partLeftovers(): Promise<number>;
}

export function createLeftovers(work: RoomsWork): Leftovers {
	return { partLeftovers: () => partLeftovers(work) };
}

/** After a crash: whoever this node left behind in rooms is parted, so that no ghost remains and every JOIN has its PART. */
async function partLeftovers(work: RoomsWork): Promise<number> {
	const { store, node } = work;
	const leftovers = await store.transaction((tx) =>
		tx.participants.ofNode(node),
	);
	const actors = new Map<UserUri, Actor>();
	const byRoom = new Map<
		RoomId,
		{ actor: Actor; session: SessionId; device: string | null }[]
	>();
	for (const { room, user, session, device } of leftovers) {
		const actor = actors.get(user) ?? (await actorNamed(work, user));
		actors.set(user, actor);
		const here = byRoom.get(room) ?? [];
		byRoom.set(room, here);
		here.push({ actor, session, device });
	}
	for (const [room, here] of byRoom) {
		await store.transaction(async (tx) => {
			const { lastSequence = 0 } = (await tx.rooms.find(room)) ?? {};
			// What was posted was told at once: what is newer was posted elsewhere, or after.
			const heard = new Map([[room, lastSequence]]);
			for (const { actor, session, device } of here) {
				const lost = device === null ? undefined : { device, heard };
				await leave(work, tx, { actor, session, lost }, room);
			}
		});
	}
	return leftovers.length;
}

async function actorNamed(
	{ directory }: RoomsWork,
	uri: UserUri,
): Promise<Actor> {
	const user = await directory.find(uri);
	return { uri, displayName: user?.displayName ?? uri, guid: user?.guid ?? "" };
}
