/** Table `participants`: which session of whom is in which room, by which node, and what he may do there. */
import type { Knex } from "knex";
import type {
	Actor,
	Participant,
	RoomId,
	SessionId,
	UserUri,
} from "../rooms/types.ts";
import { keepReached } from "./following.ts";
import type { Counters, Locks } from "./locks.ts";
import { standingBits, standingOf } from "./rights.ts";
import { inChunks } from "./rows.ts";
import type {
	Entry,
	Movement,
	ParticipantReader,
	ParticipantWriter,
} from "./store.ts";

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

/** Hidden above the limit, shown again below this part of it: not at every coming and going about the limit. */
const shownBelow = 0.8;

export function participantReader(db: Knex): ParticipantReader {
	return {
		async inRoom(room, { after = "", limit, only }) {
			const query = db("participants")
				.select("user_uri")
				.max("display_name as display_name")
				.max("guid as guid")
				.max("standing as standing")
				.where({ room_id: room })
				.where("user_uri", ">", after)
				.groupBy("user_uri")
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

export function participantWriter(tx: Knex, locks: Locks): ParticipantWriter {
	return {
		...participantReader(tx),
		async enter(
			room,
			{ user, standing },
			session,
			node,
			at,
			rosterLimit,
			device,
		) {
			const counters = locks.of(room);
			const before = await sessionsOf(tx, room, user.uri);
			const named = {
				display_name: user.displayName,
				guid: user.guid,
				standing: standingBits(standing),
			};
			if (before.includes(session)) {
				await tx("participants")
					.where({ room_id: room, user_uri: user.uri })
					.update(named);
				return move(tx, room, counters, 0, rosterLimit);
			}
			await tx("participants").insert({
				...named,
				room_id: room,
				user_uri: user.uri,
				session_id: session,
				node,
				device: device ?? null,
				email: user.email ?? null,
				call_id: user.callId ?? null,
				movement: counters.movements + 1,
				entered_at: at.getTime(),
			});
			const users = before.length === 0 ? 1 : 0;
			return move(tx, room, counters, users, rosterLimit);
		},
		async leave(room, user, session, rosterLimit) {
			const counters = locks.of(room);
			const left = await tx("participants")
				.where({ room_id: room, user_uri: user, session_id: session })
				.delete();
			const last = left > 0 && (await sessionsOf(tx, room, user)).length === 0;
			if (last) await keepReached(tx, room, [user], counters.lastSequence);
			return move(tx, room, counters, last ? -1 : 0, rosterLimit);
		},
		async kick(room, users, rosterLimit) {
			const counters = locks.of(room);
			if (users.length === 0) {
				return { ...movementOf(counters, counters, 0), kicked: [] };
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
			const movement = await move(
				tx,
				room,
				counters,
				-present.size,
				rosterLimit,
			);
			return { ...movement, kicked: [...present.values()] };
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

/** The room's row says how many users are in it and whether their list is hidden; two Galera nodes collide on it. */
async function move(
	tx: Knex,
	room: RoomId,
	counters: Counters,
	users: number,
	rosterLimit: number,
): Promise<Movement> {
	const before = { ...counters };
	counters.movements += 1;
	counters.participants += users;
	counters.rosterHidden =
		counters.participants > rosterLimit ||
		(before.rosterHidden && counters.participants >= shownBelow * rosterLimit);
	await tx("rooms").where({ id: room }).update({
		movements: counters.movements,
		participants: counters.participants,
		roster_hidden: counters.rosterHidden,
	});
	return movementOf(before, counters, users);
}

function movementOf(
	before: Counters,
	{ participants, rosterHidden }: Counters,
	users: number,
): Movement {
	return {
		ofUser: users !== 0,
		count: participants,
		hidden: rosterHidden,
		hiddenNow: !before.rosterHidden && rosterHidden,
		shownAgain: before.rosterHidden && !rosterHidden,
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

async function sessionsOf(
	tx: Knex,
	room: RoomId,
	user: UserUri,
): Promise<readonly SessionId[]> {
	return tx("participants")
		.where({ room_id: room, user_uri: user })
		.pluck("session_id");
}
