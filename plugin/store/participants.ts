/** Table `participants`: which session of whom is in which room, and by which node. */
import type { Knex } from "knex";
import { ChatError } from "../errors.ts";
import type {
	Participant,
	RoomId,
	SessionId,
	UserUri,
} from "../rooms/types.ts";
import type { Locks } from "./locks.ts";
import { grantsIn, principalsOf, standingFrom } from "./rights.ts";
import { inChunks } from "./rows.ts";
import type { ParticipantReader, Transaction } from "./store.ts";

interface RosterRow {
	readonly uri: UserUri;
	readonly display_name: string;
	readonly guid: string;
}

export function participantReader(db: Knex): ParticipantReader {
	return {
		async inRoom(room, limit) {
			const roster = await rosterOf(db, room.id, limit);
			const grants = await grantsIn(db, room, [
				...new Set(roster.flatMap((row) => principalsOf(row.uri))),
			]);
			return roster.map(
				(row): Participant => ({
					user: {
						uri: row.uri,
						displayName: row.display_name,
						guid: row.guid,
					},
					standing: standingFrom(grants, principalsOf(row.uri)),
				}),
			);
		},
		async count(room) {
			return (await participantCounts(db, [room])).get(room) ?? 0;
		},
	};
}

export function participantWriter(
	tx: Knex,
	locks: Locks,
): Transaction["participants"] {
	return {
		...participantReader(tx),
		async enter(room, user, session, node, at) {
			const movement = locks.nextMovement(room);
			const before = await sessionsOf(tx, room, user);
			if (before.includes(session)) return false;
			await demandUser(tx, user);
			await tx("participants").insert({
				room_id: room,
				user_uri: user,
				session_id: session,
				node,
				movement,
				entered_at: at.getTime(),
			});
			await tx("rooms").where({ id: room }).update({ movements: movement });
			return before.length === 0;
		},
		async leave(room, user, session) {
			const movement = locks.nextMovement(room);
			const left = await tx("participants")
				.where({ room_id: room, user_uri: user, session_id: session })
				.delete();
			if (left === 0) return false;
			await tx("rooms").where({ id: room }).update({ movements: movement });
			return (await sessionsOf(tx, room, user)).length === 0;
		},
		async ofNode(node) {
			return tx("participants")
				.select({ room: "room_id", user: "user_uri", session: "session_id" })
				.where({ node })
				.orderBy(["room_id", "movement"]);
		},
	};
}

/** How many users are in each of the rooms; a room with nobody in it is missing. */
export async function participantCounts(
	db: Knex,
	rooms: readonly string[],
): Promise<ReadonlyMap<string, number>> {
	const counts = new Map<string, number>();
	await inChunks(rooms, async (some) => {
		const rows: readonly { room_id: string; users: number }[] = await db(
			"participants",
		)
			.select("room_id")
			.countDistinct({ users: "user_uri" })
			.whereIn("room_id", some)
			.groupBy("room_id");
		for (const row of rows) counts.set(row.room_id, row.users);
	});
	return counts;
}

async function rosterOf(
	db: Knex,
	room: RoomId,
	limit: number,
): Promise<readonly RosterRow[]> {
	return db("participants")
		.join("users", "users.uri", "participants.user_uri")
		.select("users.uri", "users.display_name", "users.guid")
		.where("participants.room_id", room)
		.groupBy("users.uri", "users.display_name", "users.guid")
		.orderByRaw("min(participants.movement)")
		.limit(limit);
}

async function sessionsOf(
	tx: Knex,
	room: RoomId,
	user: UserUri,
): Promise<readonly SessionId[]> {
	return tx("participants")
		.where({ room_id: room, user_uri: user })
		.pluck("session_id");
}

/** A roster names its people from the directory, so nobody else may enter. */
async function demandUser(tx: Knex, uri: UserUri): Promise<void> {
	if ((await tx("users").where({ uri }).first("uri")) === undefined) {
		throw new ChatError("no-such-user", `There is no user ${uri}.`);
	}
}
