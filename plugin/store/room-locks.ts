/** Locks the rows of rooms: one, waiting for it, or of several those that nobody else has. */
import type { Knex } from "knex";
import type { RoomId } from "../rooms/types.ts";
import { isSqlite } from "./database.ts";
import { knownAll } from "./known-rooms.ts";
import type { Counters, Locks } from "./locks.ts";
import { type RoomRow, selectRooms } from "./room-rows.ts";
import type { RoomWriter } from "./store.ts";

interface CounterRow {
	readonly id: RoomId;
	readonly last_sequence: number;
	readonly movements: number;
	readonly participants: number;
	readonly roster_hidden: number;
}

const counterColumns = [
	"id",
	"last_sequence",
	"movements",
	"participants",
	"roster_hidden",
] as const;

/** The room's row alone, not the category's: other rooms of the category go on. */
export async function lockRow(
	tx: Knex,
	locks: Locks,
	id: RoomId,
): Promise<RoomRow | undefined> {
	const counters: CounterRow | undefined = await tx("rooms")
		.where({ id })
		.forUpdate()
		.first(counterColumns);
	const found: RoomRow | undefined = await selectRooms(tx)
		.where("rooms.id", id)
		.first();
	if (found !== undefined && counters !== undefined) {
		locks.note(id, countersFrom(counters));
	}
	return found;
}

/** Older servers wait: they take it for a comment. */
const skipLocked =
	"for update /*!80001 skip locked */ /*M!100600 skip locked */";

/** As many questions whatever is there and whoever has it. */
export async function lockFree(
	tx: Knex,
	locks: Locks,
	asked: Parameters<RoomWriter["lockFree"]>[0],
): ReturnType<RoomWriter["lockFree"]> {
	const ids = [...new Set(asked.map(({ id }) => id))];
	const free = new Set<string>();
	for (const row of await lockThose(tx, ids)) {
		locks.note(row.id, countersFrom(row));
		free.add(row.id);
	}
	const known = await knownAll(tx, asked);
	return known.map((each) =>
		each === undefined || free.has(each.room.id) ? each : "locked",
	);
}

/** In one order, so that nobody who waits for one has what the other waits for. */
async function lockThose(
	tx: Knex,
	ids: readonly RoomId[],
): Promise<readonly CounterRow[]> {
	const query = tx("rooms")
		.whereIn("id", ids)
		.orderBy("id")
		.select(counterColumns);
	// SQLite has one writer at a time: nobody else has locked anything.
	if (isSqlite(tx)) return query;
	const { sql, bindings } = query.toSQL();
	const [rows] = (await tx.raw(`${sql} ${skipLocked}`, bindings)) as [
		readonly CounterRow[],
	];
	return rows;
}

function countersFrom(row: CounterRow): Counters {
	return {
		lastSequence: row.last_sequence,
		movements: row.movements,
		participants: row.participants,
		rosterHidden: Boolean(row.roster_hidden),
	};
}
