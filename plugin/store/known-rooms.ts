/** Rooms with what somebody is to each. */
import type { Knex } from "knex";
import { standingsAcross } from "./rights.ts";
import { nowhere, type RoomRow, room, selectRooms } from "./room-rows.ts";
import { inChunks } from "./rows.ts";
import type { RoomReader } from "./store.ts";

/** As `RoomReader.knownAll`: as many statements whatever is there. */
export async function knownAll(
	db: Knex,
	asked: Parameters<RoomReader["knownAll"]>[0],
): ReturnType<RoomReader["knownAll"]> {
	const rooms = new Map<string, ReturnType<typeof room>>();
	await inChunks([...new Set(asked.map(({ id }) => id))], async (some) => {
		const rows: readonly RoomRow[] = await selectRooms(db).whereIn(
			"rooms.id",
			some,
		);
		for (const row of rows) rooms.set(row.id, room(row));
	});
	const standings = await standingsAcross(
		db,
		asked.map(({ id, holder }) => ({ room: rooms.get(id) ?? nowhere, holder })),
	);
	return asked.map(({ id }, index) => {
		const [found, standing] = [rooms.get(id), standings[index]];
		return found && standing && { room: found, standing };
	});
}
