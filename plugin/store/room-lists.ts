/**
 * Lists of rooms: found by words, or by what somebody is in them. Set-based: a handful of queries however many rooms there
 * are. Which rooms is asked first and narrowly, their rows after that: a wide list would be sorted on the server's disk.
 */
import type { Knex } from "knex";
import type { RoomSummary } from "../rooms/types.ts";
import { searchKey } from "./keys.ts";
import { participantCounts } from "./participants.ts";
import { categoriesInScope, roomsHeld } from "./rights.ts";
import { type RoomRow, room, selectRooms } from "./room-rows.ts";
import { inChunks } from "./rows.ts";
import type { RoomReader } from "./store.ts";

export function roomLists(db: Knex): Pick<RoomReader, "search" | "withRole"> {
	return {
		async search({ words, descriptions, limit }, principals) {
			const seers = roomsHeld(db, ["member", "manager"], principals);
			const categories = await categoriesInScope(db, principals);
			const query = roomsOf(db, categories, limit)
				.leftJoin(seers, "held.room_id", "rooms.id")
				.where(isSeen);
			for (const word of words) whereWord(query, word, descriptions);
			return summaries(db, await query.pluck("rooms.id"));
		},
		async withRole(role, principals, limit) {
			const categories = await categoriesInScope(db, principals);
			const query = roomsOf(db, categories, limit).join(
				roomsHeld(db, [role], principals),
				"held.room_id",
				"rooms.id",
			);
			return summaries(db, await query.pluck("rooms.id"));
		},
	};
}

/** Enabled rooms of the categories, by name. */
function roomsOf(
	db: Knex,
	categories: readonly string[],
	limit: number,
): Knex.QueryBuilder {
	return db("rooms")
		.where("rooms.disabled", false)
		.whereIn("rooms.category_id", categories)
		.orderBy("rooms.name_key")
		.limit(limit);
}

/** As `sees` in `rooms/access.ts` has it: a secret room is for its members and managers. */
function isSeen(query: Knex.QueryBuilder): void {
	query.whereNot("rooms.privacy", "secret").orWhereNotNull("held.room_id");
}

/** `instr` and not `like`: it knows no wildcards, so every character of a word stands for itself. */
function whereWord(
	query: Knex.QueryBuilder,
	word: string,
	descriptions: boolean,
): void {
	const key = searchKey(word);
	query.where((found) => {
		found.whereRaw("instr(rooms.name_key, ?) > 0", [key]);
		if (descriptions) {
			found.orWhereRaw("instr(rooms.description_key, ?) > 0", [key]);
		}
	});
}

/** In the order of the ids. */
async function summaries(
	db: Knex,
	ids: readonly string[],
): Promise<readonly RoomSummary[]> {
	const rows = new Map<string, RoomRow>();
	await inChunks(ids, async (some) => {
		const found: readonly RoomRow[] = await selectRooms(db).whereIn(
			"rooms.id",
			some,
		);
		for (const row of found) rows.set(row.id, row);
	});
	const counts = await participantCounts(db, ids);
	return ids.flatMap((id) => {
		const row = rows.get(id);
		if (row === undefined) return [];
		return [{ room: room(row), participantCount: counts.get(id) ?? 0 }];
	});
}
