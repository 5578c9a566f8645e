/** Lists of rooms: found by words, or by what somebody is in them. Set-based: three queries however many rooms. */
import type { Knex } from "knex";
import type { Principal, RoomSummary } from "../rooms/types.ts";
import { searchKey } from "./keys.ts";
import { participantCounts } from "./participants.ts";
import { roomsWithRole, whereInScope } from "./rights.ts";
import { type RoomRow, room, selectRooms } from "./room-rows.ts";
import type { RoomReader } from "./store.ts";

export function roomLists(db: Knex): Pick<RoomReader, "search" | "withRole"> {
	return {
		async search({ words, descriptions, limit }, principals) {
			const query = enabledRooms(db, limit);
			whereSeen(query, db, principals);
			for (const word of words) whereWord(query, word, descriptions);
			return summaries(db, await query);
		},
		async withRole(role, principals, limit) {
			const query = enabledRooms(db, limit);
			whereInScope(query, db, principals);
			query.whereIn("rooms.id", roomsWithRole(db, [role], principals));
			return summaries(db, await query);
		},
	};
}

function enabledRooms(db: Knex, limit: number): Knex.QueryBuilder {
	return selectRooms(db)
		.where("rooms.disabled", false)
		.orderBy("rooms.name_key")
		.limit(limit);
}

/** As `sees` in `rooms/access.ts` has it: a secret room is for its members and managers. */
function whereSeen(
	query: Knex.QueryBuilder,
	db: Knex,
	principals: readonly Principal[],
): void {
	whereInScope(query, db, principals);
	query.where((seen) =>
		seen
			.whereNot("rooms.privacy", "secret")
			.orWhereIn(
				"rooms.id",
				roomsWithRole(db, ["member", "manager"], principals),
			),
	);
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

async function summaries(
	db: Knex,
	rows: readonly RoomRow[],
): Promise<readonly RoomSummary[]> {
	const counts = await participantCounts(
		db,
		rows.map((row) => row.id),
	);
	return rows.map((row) => ({
		room: room(row),
		participantCount: counts.get(row.id) ?? 0,
	}));
}
