/** Who is to hear of a room at a door that opens no dialog: looked at when there is something to tell, not when he came. */
import { ChatError } from "../errors.ts";
import { isListed, reads } from "./access.ts";
import type { NewContent, NewContents } from "./new-content.ts";
import type { Participant, RoomId, Standing, UserUri } from "./types.ts";
import type { RoomsWork } from "./work.ts";

/** `inside`: is in the room; `reads`: follows it and may read it; `sees`: follows it and may find it, no more. */
export type Hears = "inside" | "reads" | "sees";

export interface Hearing {
	/** By id, whether he may find them or not. */
	roomsInside(user: UserUri): Promise<readonly RoomId[]>;
	/** Those of the users who are in the room or follow it, and what they may hear of it now. Throws `unavailable`. */
	hearers(
		room: RoomId,
		users: readonly UserUri[],
	): Promise<ReadonlyMap<UserUri, Hears>>;
	/** `newContent` for those whose right to it has not been lost while it was looked for. Throws `unavailable`. */
	unreadNow(
		room: RoomId,
		users: readonly Participant["user"][],
	): Promise<NewContent>;
	/** Those of the rooms that he may find now, by id. */
	listedAmong(
		user: UserUri,
		rooms: readonly RoomId[],
	): Promise<readonly RoomId[]>;
}

/** Rights may change while one looks, but people must be told some time. */
const maxLooks = 5;

export function createHearing(
	work: RoomsWork,
	{ newContent }: Pick<NewContents, "newContent">,
): Hearing {
	const { store, directory, rights } = work;

	/** What is found while no right is changed. */
	async function settled<T>(look: () => Promise<T>): Promise<T> {
		for (let looks = 1; looks <= maxLooks; looks += 1) {
			const generation = await rights.current();
			const found = await look();
			if (rights.generation === generation) return found;
		}
		throw new ChatError(
			"unavailable",
			"Rights are being changed just now; try again.",
		);
	}

	async function look(
		id: RoomId,
		users: readonly UserUri[],
	): Promise<ReadonlyMap<UserUri, Hears>> {
		const inside = await store.participants.among(id, users);
		const followed = await store.following.among(id, users);
		const near = users.filter((user) => inside.has(user) || followed.has(user));
		const room = near.length === 0 ? undefined : await store.rooms.find(id);
		if (room === undefined) return new Map();
		const holders = await directory.holders(near);
		const standings = await store.rooms.standings(
			room,
			near.map(
				(user) => holders.get(user) ?? { principals: [], administrator: false },
			),
		);
		const hears = (user: UserUri, standing: Standing): Hears | undefined => {
			if (reads(room, standing)) return inside.has(user) ? "inside" : "reads";
			return followed.has(user) && isListed(room, standing)
				? "sees"
				: undefined;
		};
		return new Map(
			near.flatMap((user, index) => {
				const standing = standings[index];
				const how = standing && hears(user, standing);
				return how === undefined ? [] : [[user, how] as const];
			}),
		);
	}

	return {
		roomsInside: (user) => store.participants.roomsOf(user),
		hearers: (room, users) => settled(() => look(room, users)),
		unreadNow: (room, users) => settled(() => newContent(room, users)),
		listedAmong: (user, rooms) =>
			settled(async () => {
				const holder = (await directory.holders([user])).get(user);
				if (holder === undefined) return [];
				const known = await store.rooms.knownAmong(rooms, holder);
				return known
					.filter(({ room, standing }) => isListed(room, standing))
					.map(({ room }) => room.id);
			}),
	};
}
