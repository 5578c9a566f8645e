/** What only the archive still knows: rooms that are gone from the chat. */
import type { PostedRoom } from "../store/store.ts";
import type { ReconcileNeeds } from "./reconcile.ts";

/** Rooms that have posts in the archive and are not in the chat any more. */
export async function removedRooms(
	{ posted, posts }: Pick<ReconcileNeeds, "posted" | "posts">,
	rooms: readonly PostedRoom[],
): Promise<readonly PostedRoom[]> {
	const known = new Set(rooms.map(({ id }) => id));
	const removed: PostedRoom[] = [];
	let last: string | undefined;
	for (;;) {
		const page = await posts.rooms(last);
		for (const id of page.filter((one) => !known.has(one))) {
			const lastSequence = await posts.newest(id);
			// One that was made meanwhile is there.
			if (lastSequence === 0 || (await posted.lastSequence(id)) > 0) continue;
			const name = `${await posts.nameOf(id)} (removed)`;
			removed.push({ id, name, lastSequence });
		}
		last = page.at(-1);
		if (last === undefined) return removed;
	}
}
