/** Whether a replica has what the primary has: as a database, and of single rooms. */
import { setTimeout as pause } from "node:timers/promises";
import type { Knex } from "knex";
import type { RoomId } from "../rooms/types.ts";
import { chatSchema, SchemaTooNew } from "./migrate.ts";
import { databaseId } from "./open.ts";
import type { RoomAsRead } from "./store.ts";

/** It is some milliseconds behind whenever rooms are busy: so long it is waited for, look by look. */
const lagsMs = [4, 12, 30];

/** Of the same database, and brought as far forward as this release needs. */
export async function isOf(database: Knex, id: string): Promise<boolean> {
	if ((await databaseId(database)) !== id) return false;
	try {
		await chatSchema.newer(database);
	} catch (error) {
		if (error instanceof SchemaTooNew) return false;
		throw error;
	}
	return (await chatSchema.missing(database)).names.length === 0;
}

/** Perhaps after a moment. */
export async function catchesUp(
	database: Knex,
	rooms: readonly RoomAsRead[],
): Promise<boolean> {
	for (const lagMs of lagsMs) {
		if (await hasAll(database, rooms)) return true;
		await pause(lagMs);
	}
	return hasAll(database, rooms);
}

/** What is changed in a room goes into its row by the same transaction, so the row tells of all of it. */
async function hasAll(
	database: Knex,
	rooms: readonly RoomAsRead[],
): Promise<boolean> {
	const ids = rooms.map(({ id }) => id);
	const found = await roomsAsRead(database, ids);
	const there = new Map(found.map((room) => [room.id, room]));
	return rooms.every(({ id, lastSequence, revision }) => {
		const room = there.get(id);
		return (
			room !== undefined &&
			room.lastSequence >= lastSequence &&
			room.revision >= revision
		);
	});
}

export async function roomsAsRead(
	database: Knex,
	ids: readonly RoomId[],
): Promise<readonly RoomAsRead[]> {
	return database("rooms").whereIn("id", ids).select({
		id: "id",
		lastSequence: "last_sequence",
		revision: "revision",
	});
}
