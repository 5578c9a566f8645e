/** What clients show of rooms, told to those who are in them. */
import { tell } from "./telling.ts";
import type { CategoryId, RoomId } from "./types.ts";
import type { RoomsNeeds } from "./work.ts";

export async function tellRoomShown(
	work: RoomsNeeds,
	room: RoomId,
): Promise<void> {
	const summary = await work.store.rooms.summary(room);
	if (summary !== undefined) await tell(work, { type: "changed", summary });
}

/** All rooms of the category that somebody is in. */
export async function tellCategoryShown(
	work: RoomsNeeds,
	category: CategoryId,
): Promise<void> {
	for (let after: RoomId | undefined; ; ) {
		const page = { after, limit: 200 };
		const ids = await work.store.participants.rooms(category, page);
		for (const id of ids) await tellRoomShown(work, id);
		after = ids.at(-1);
		if (ids.length < page.limit) return;
	}
}
