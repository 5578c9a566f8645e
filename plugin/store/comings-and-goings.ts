/** Sessions that come to rooms and leave them, many rooms and people by a few statements. */
import type { Knex } from "knex";
import type { RoomId, SessionId, UserUri } from "../rooms/types.ts";
import { keepReachedOf } from "./following.ts";
import type { Locks } from "./locks.ts";
import { move, type Step } from "./movements.ts";
import { standingBits } from "./rights.ts";
import { inChunks, insertAll } from "./rows.ts";
import type { Arrival, Departure, Movement } from "./store.ts";

/** As `ParticipantWriter.enter`. */
export async function enter(
	tx: Knex,
	locks: Locks,
	arrivals: readonly Arrival[],
	{ at, rosterLimit }: { readonly at: Date; readonly rosterLimit: number },
): Promise<readonly Movement[]> {
	const inside = await sessionsIn(tx, arrivals);
	const rows: object[] = [];
	const steps = new Map<RoomId, Step>();
	const ofUser: boolean[] = [];
	for (const arrival of arrivals) {
		const { room, user, session } = arrival;
		const step = steps.get(room) ?? { movements: 0, users: 0 };
		step.movements += 1;
		const key = placeOf(room, user.uri);
		const sessions = inside.get(key) ?? new Set();
		ofUser.push(sessions.size === 0);
		if (sessions.size === 0) step.users += 1;
		if (sessions.has(session)) {
			await tx("participants")
				.where({ room_id: room, user_uri: user.uri })
				.update(named(arrival));
		} else {
			const movement = locks.of(room).movements + step.movements;
			rows.push(rowOf(arrival, movement, at));
		}
		steps.set(room, step);
		inside.set(key, sessions.add(session));
	}
	await insertAll(tx, "participants", rows);
	const moved = await move(tx, locks, steps, rosterLimit);
	return arrivals.map(({ room }, index) => ({
		...moved(room),
		ofUser: ofUser[index] === true,
	}));
}

/** As `ParticipantWriter.leave`. */
export async function leave(
	tx: Knex,
	locks: Locks,
	departures: readonly Departure[],
	rosterLimit: number,
): Promise<readonly Movement[]> {
	const inside = await sessionsIn(
		tx,
		departures.map(({ room, user }) => ({ room, user: { uri: user } })),
	);
	const steps = new Map<RoomId, Step>();
	const leavers = new Map<string, Leaver>();
	const ofUser: boolean[] = [];
	for (const { room, user, session } of departures) {
		const step = steps.get(room) ?? { movements: 0, users: 0 };
		steps.set(room, step);
		step.movements += 1;
		const sessions = inside.get(placeOf(room, user));
		const isHere = sessions?.delete(session) === true;
		const isLast = isHere && sessions.size === 0;
		ofUser.push(isLast);
		if (!isHere) continue;
		if (isLast) step.users -= 1;
		const key = `${user} ${session}`;
		const leaver = leavers.get(key) ?? {
			user,
			session,
			from: [],
			last: [],
		};
		leavers.set(key, leaver);
		leaver.from.push(room);
		if (isLast) leaver.last.push(room);
	}
	for (const { user, session, from, last } of leavers.values()) {
		await inChunks(from, async (some) => {
			await tx("participants")
				.where({ user_uri: user, session_id: session })
				.whereIn("room_id", some)
				.delete();
		});
		await keepReachedOf(tx, user, last);
	}
	const moved = await move(tx, locks, steps, rosterLimit);
	return departures.map(({ room }, index) => ({
		...moved(room),
		ofUser: ofUser[index] === true,
	}));
}

function named({ user, standing }: Arrival) {
	return {
		display_name: user.displayName,
		guid: user.guid,
		standing: standingBits(standing),
	};
}

function rowOf(arrival: Arrival, movement: number, at: Date): object {
	const { room, user, session, node, device } = arrival;
	return {
		...named(arrival),
		room_id: room,
		user_uri: user.uri,
		session_id: session,
		node,
		device: device ?? null,
		email: user.email ?? null,
		call_id: user.callId ?? null,
		movement,
		entered_at: at.getTime(),
	};
}

interface Leaver {
	readonly user: UserUri;
	readonly session: SessionId;
	readonly from: RoomId[];
	/** He has no other session there. */
	readonly last: RoomId[];
}

/** Of those who come or go, the sessions that are in the same room already, by room and user. */
async function sessionsIn(
	tx: Knex,
	arrivals: readonly {
		readonly room: RoomId;
		readonly user: { readonly uri: UserUri };
	}[],
): Promise<Map<string, Set<SessionId>>> {
	const rooms = [...new Set(arrivals.map(({ room }) => room))];
	const users = [...new Set(arrivals.map(({ user }) => user.uri))];
	const inside = new Map<string, Set<SessionId>>();
	await inChunks(users, async (some) => {
		const rows: readonly InsideRow[] = await tx("participants")
			.whereIn("room_id", rooms)
			.whereIn("user_uri", some)
			.select("room_id", "user_uri", "session_id");
		for (const { room_id, user_uri, session_id } of rows) {
			const key = placeOf(room_id, user_uri);
			inside.set(key, (inside.get(key) ?? new Set()).add(session_id));
		}
	});
	return inside;
}

interface InsideRow {
	readonly room_id: RoomId;
	readonly user_uri: UserUri;
	readonly session_id: SessionId;
}

/** No URI has a space. */
function placeOf(room: RoomId, user: UserUri): string {
	return `${room} ${user}`;
}
