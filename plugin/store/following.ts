/** Table `follows`: which rooms a user follows, and how far each had come when he was last there. */
import type { Knex } from "knex";
import type { RoomId, UserUri } from "../rooms/types.ts";
import { inChunks, insertAll } from "./rows.ts";
import type { FollowingReader, FollowingWriter } from "./store.ts";

export function followingReader(db: Knex): FollowingReader {
	return {
		roomsOf: (user) =>
			db("follows")
				.where({ user_uri: user })
				.orderBy("room_id")
				.pluck("room_id"),
		async among(room, users) {
			const found = new Map<UserUri, number>();
			await inChunks(users, async (some) => {
				const rows: readonly { user_uri: UserUri; reached: number }[] =
					await db("follows")
						.where({ room_id: room })
						.whereIn("user_uri", some)
						.select("user_uri", "reached");
				for (const row of rows) found.set(row.user_uri, row.reached);
			});
			return found;
		},
	};
}

export function followingWriter(tx: Knex): FollowingWriter {
	const reader = followingReader(tx);
	return {
		...reader,
		async set(user, rooms) {
			const before = new Set(await reader.roomsOf(user));
			const wanted = new Set(rooms);
			const gone = [...before].filter((room) => !wanted.has(room));
			const fresh = [...wanted].filter((room) => !before.has(room));
			await inChunks(gone, async (some) => {
				await tx("follows")
					.where({ user_uri: user })
					.whereIn("room_id", some)
					.delete();
			});
			const reached = await newest(tx, fresh);
			const rows = fresh.map((room) => ({
				user_uri: user,
				room_id: room,
				reached: reached.get(room) ?? 0,
			}));
			await insertAll(tx, "follows", rows);
		},
	};
}

/** He is not in these rooms any more; what he follows of them he has not missed up to now. They must be locked. */
export async function keepReachedOf(
	tx: Knex,
	user: UserUri,
	rooms: readonly RoomId[],
): Promise<void> {
	await inChunks(rooms, async (some) => {
		await tx("follows")
			.where({ user_uri: user })
			.whereIn("room_id", some)
			.update({
				reached: tx("rooms")
					.select("last_sequence")
					.where("rooms.id", tx.ref("follows.room_id")),
			});
	});
}

/** These users are not in the room any more; those of them who follow it missed nothing up to this message. */
export async function keepReached(
	tx: Knex,
	room: RoomId,
	users: readonly UserUri[],
	sequence: number,
): Promise<void> {
	await tx("follows")
		.where({ room_id: room })
		.whereIn("user_uri", users)
		.update({ reached: sequence });
}

async function newest(
	tx: Knex,
	rooms: readonly RoomId[],
): Promise<ReadonlyMap<RoomId, number>> {
	const found = new Map<RoomId, number>();
	await inChunks(rooms, async (some) => {
		const rows: readonly { id: RoomId; last_sequence: number }[] = await tx(
			"rooms",
		)
			.whereIn("id", some)
			.select("id", "last_sequence");
		for (const row of rows) found.set(row.id, row.last_sequence);
	});
	return found;
}
