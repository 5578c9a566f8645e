/** Table `participants`: which session of whom is in which room, by which node, and what he may do there. */
import type { Knex } from "knex";
import type {
	Actor,
	Participant,
	RoomId,
	SessionId,
	UserUri,
} from "../rooms/types.ts";
import { enter, leave } from "./comings-and-goings.ts";
import { keepReached } from "./following.ts";
import type { Locks } from "./locks.ts";
import { move, unmoved } from "./movements.ts";
import { standingBits, standingOf } from "./rights.ts";
import { inChunks } from "./rows.ts";
import type { Entry, ParticipantReader, ParticipantWriter } from "./store.ts";

interface ParticipantRow {
	readonly user_uri: UserUri;
	readonly display_name: string;
	readonly guid: string;
	readonly standing: number;
}

interface EntryRow extends Omit<ParticipantRow, "standing"> {
	readonly room_id: RoomId;
	readonly session_id: SessionId;
	readonly email: string | null;
	readonly call_id: string | null;
	readonly entered_at: number;
	readonly device: string | null;
}

export function participantReader(db: Knex): ParticipantReader {
	return {
		async inRoom(room, { after = "", limit, only }) {
			const query = oneAUser(db)
				.where({ room_id: room })
				.where("user_uri", ">", after)
				.orderBy("user_uri")
				.limit(limit);
			if (only !== undefined) query.whereIn("user_uri", only);
			const rows = await query;
			return (rows as ParticipantRow[]).map(participant);
		},
		async among(room, users) {
			const here = new Set<UserUri>();
			await inChunks(users, async (some) => {
				const found: readonly UserUri[] = await db("participants")
					.distinct("user_uri")
					.where({ room_id: room })
					.whereIn("user_uri", some)
					.pluck("user_uri");
				for (const user of found) here.add(user);
			});
			return here;
		},
		async inRooms(rooms) {
			const found = new Map<RoomId, Participant[]>();
			await inChunks(rooms, async (some) => {
				const rows: readonly (ParticipantRow & Pick<EntryRow, "room_id">)[] =
					await oneAUser(db)
						.select("room_id")
						.whereIn("room_id", some)
						.groupBy("room_id")
						.orderBy(["room_id", "user_uri"]);
				for (const row of rows) {
					const here = found.get(row.room_id) ?? [];
					here.push(participant(row));
					found.set(row.room_id, here);
				}
			});
			return found;
		},
		async rooms(category, { after = "", limit }) {
			const query = db("rooms")
				.where("participants", ">", 0)
				.where("id", ">", after)
				.orderBy("id")
				.limit(limit);
			if (category !== undefined) query.where({ category_id: category });
			return query.pluck("id");
		},
		users: ({ after = "", limit }) =>
			db("participants")
				.distinct("user_uri")
				.where("user_uri", ">", after)
				.orderBy("user_uri")
				.limit(limit)
				.pluck("user_uri"),
		roomsOf: (user) =>
			db("participants")
				.distinct("room_id")
				.where({ user_uri: user })
				.orderBy("room_id")
				.pluck("room_id"),
	};
}

/** However many sessions he has there. */
function oneAUser(db: Knex): Knex.QueryBuilder {
	return db("participants")
		.select("user_uri")
		.max("display_name as display_name")
		.max("guid as guid")
		.max("standing as standing")
		.groupBy("user_uri");
}

export function participantWriter(tx: Knex, locks: Locks): ParticipantWriter {
	return {
		...participantReader(tx),
		enter: (arrivals, at, rosterLimit) =>
			enter(tx, locks, arrivals, { at, rosterLimit }),
		leave: (departures, rosterLimit) =>
			leave(tx, locks, departures, rosterLimit),
		async kick(room, users, rosterLimit) {
			const counters = locks.of(room);
			if (users.length === 0) {
				return { ...unmoved(counters), ofUser: false, kicked: [] };
			}
			const present = new Map<UserUri, Actor>();
			await inChunks(users, async (some) => {
				const here = () =>
					tx("participants").where({ room_id: room }).whereIn("user_uri", some);
				const rows: readonly EntryRow[] = await here().orderBy("movement");
				for (const row of rows) {
					if (!present.has(row.user_uri)) present.set(row.user_uri, actor(row));
				}
				await here().delete();
				await keepReached(tx, room, some, counters.lastSequence);
			});
			const step = { movements: 1, users: -present.size };
			const moved = await move(tx, locks, new Map([[room, step]]), rosterLimit);
			const ofUser = present.size > 0;
			return { ...moved(room), ofUser, kicked: [...present.values()] };
		},
		async setStandings(room, standings) {
			locks.of(room);
			for (const [user, standing] of standings) {
				await tx("participants")
					.where({ room_id: room, user_uri: user })
					.update({ standing: standingBits(standing) });
			}
		},
		async ofSession(user, session) {
			const rows: readonly EntryRow[] = await tx("participants")
				.where({ user_uri: user, session_id: session })
				.orderBy("room_id");
			return rows.map(entry);
		},
		async ofNode(node) {
			const rows: readonly EntryRow[] = await tx("participants")
				.where({ node })
				.orderBy(["room_id", "movement"]);
			return rows.map(entry);
		},
	};
}

function participant(row: ParticipantRow): Participant {
	return {
		user: {
			uri: row.user_uri,
			displayName: row.display_name,
			guid: row.guid,
		},
		standing: standingOf(row.standing),
	};
}

function entry(row: EntryRow): Entry {
	return {
		room: row.room_id,
		actor: actor(row),
		session: row.session_id,
		enteredAt: new Date(row.entered_at),
		...(row.device !== null && { device: row.device }),
	};
}

function actor(row: EntryRow): Actor {
	return {
		uri: row.user_uri,
		displayName: row.display_name,
		guid: row.guid,
		...(row.email !== null && { email: row.email }),
		...(row.call_id !== null && { callId: row.call_id }),
	};
}
