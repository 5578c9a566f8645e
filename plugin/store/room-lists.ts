/**
 * Lists of rooms: found by words, or by what somebody is in them. Set-based: a handful of queries however many rooms there
 * are. Which rooms is asked first and narrowly, their rows after that: a wide list would be sorted on the server's disk.
 */
import type { Knex } from "knex";
import type { Holder, Role, RoomId, RoomSummary } from "../rooms/types.ts";
import { searchKey } from "../rooms/words.ts";
import { nameKey } from "./keys.ts";
import { categoryStandings, roomsHeld } from "./rights.ts";
import { type RoomRow, selectRooms, summary } from "./room-rows.ts";
import { inChunks } from "./rows.ts";
import type { RoomQuery, RoomReader } from "./store.ts";

export function roomLists(
	db: Knex,
): Pick<RoomReader, "search" | "withRole" | "followed" | "knownAmong"> {
	return {
		knownAmong: (ids, holder) => knownAmong(db, ids, holder),
		async search(search, holder) {
			const scope = await categoriesFor(db, holder);
			const query = listed(db, holder, scope, search.limit);
			narrow(db, query, search);
			withhold(query, search, holder);
			return summaries(db, await query.pluck("rooms.id"));
		},
		async withRole(role, holder, limit) {
			const scope = await categoriesFor(db, holder);
			const query = listed(db, holder, scope, limit);
			query.whereIn("rooms.id", roomsHeld(db, [role], holder.principals));
			return summaries(db, await query.pluck("rooms.id"));
		},
		async followed(user, holder, limit) {
			const scope = await categoriesFor(db, holder);
			const rows: readonly { id: string; reached: number }[] = await listed(
				db,
				holder,
				scope,
				limit,
			)
				.join("follows", "follows.room_id", "rooms.id")
				.where("follows.user_uri", user)
				.select("rooms.id", "follows.reached");
			const ids = rows.map(({ id }) => id);
			const member = new Set<string>(
				await roomsHeld(db, ["member"], holder.principals)
					.whereIn("room_id", ids)
					.pluck("room_id"),
			);
			const reached = new Map(rows.map((row) => [row.id, row.reached]));
			return (await summaries(db, ids)).map((summary) => ({
				summary,
				member: member.has(summary.room.id),
				reached: reached.get(summary.room.id) ?? 0,
			}));
		},
	};
}

/** Rooms by name, as `isListed` in `rooms/access.ts` has it: secret ones for members and managers, disabled ones for managers. */
function listed(
	db: Knex,
	holder: Holder,
	categories: readonly string[] | "all",
	limit: number,
): Knex.QueryBuilder {
	const query = db("rooms")
		.orderBy(["rooms.name_key", "rooms.id"])
		.limit(limit);
	if (categories === "all") return query;
	const { principals } = holder;
	const held = roomsHeld(db, ["member", "manager"], principals).as("held");
	const managed = roomsHeld(db, ["manager"], principals).as("managed");
	return query
		.whereIn("rooms.category_id", categories)
		.leftJoin(held, "held.room_id", "rooms.id")
		.leftJoin(managed, "managed.room_id", "rooms.id")
		.where((seen) =>
			seen.whereNot("rooms.privacy", "secret").orWhereNotNull("held.room_id"),
		)
		.where((seen) =>
			seen.where("rooms.disabled", false).orWhereNotNull("managed.room_id"),
		);
}

/** Whose rooms he may see. */
export async function categoriesFor(
	db: Knex,
	holder: Holder,
): Promise<readonly string[] | "all"> {
	if (holder.administrator) return "all";
	return [...(await categoryStandings(db, holder))]
		.filter(([, { inScope }]) => inScope)
		.map(([id]) => id);
}

function narrow(db: Knex, query: Knex.QueryBuilder, search: RoomQuery): void {
	const { words, match = "all", descriptions, holding = [] } = search;
	const keys = match === "phrase" ? [words.join(" ")] : words;
	query.where((found) => {
		for (const word of keys) {
			const has = (each: Knex.QueryBuilder) =>
				whereWord(each, word, descriptions);
			if (match === "any") found.orWhere(has);
			else found.where(has);
		}
	});
	for (const { role, principals } of holding) {
		query.whereIn("rooms.id", roomsHeld(db, [role], principals));
	}
	const columns = {
		"rooms.name_key":
			search.named === undefined ? undefined : nameKey(search.named),
		"rooms.category_id": search.category,
		"rooms.privacy": search.privacy,
		"rooms.type": search.type,
		"rooms.disabled": search.disabled,
		"rooms.invitations": search.invitations,
	};
	for (const [column, value] of Object.entries(columns)) {
		if (value !== undefined) query.where(column, value);
	}
	if (search.addIn !== undefined) {
		query.where("rooms.add_in_name", search.addIn);
	}
	narrowMore(query, search);
}

function narrowMore(
	query: Knex.QueryBuilder,
	{ namePattern, description, leastPosted, mostPosted }: RoomQuery,
): void {
	if (namePattern !== undefined) {
		const escaped = searchKey(namePattern).replace(/[!%_]/g, "!$&");
		const like = escaped.replaceAll("*", "%").replaceAll("?", "_");
		query.whereRaw("rooms.name_key like ? escape '!'", [like]);
	}
	if (description !== undefined) {
		query.whereRaw("instr(rooms.description_key, ?) > 0", [
			searchKey(description),
		]);
	}
	if (leastPosted !== undefined) {
		query.where("rooms.last_sequence", ">=", leastPosted);
	}
	if (mostPosted !== undefined) {
		query.where("rooms.last_sequence", "<=", mostPosted);
	}
}

/** Who is what in a secret room is known to its managers, and to each of himself. */
function withhold(
	query: Knex.QueryBuilder,
	{ holding = [] }: RoomQuery,
	{ administrator, principals }: Holder,
): void {
	const others = holding.some((each) =>
		each.principals.some((principal) => !principals.includes(principal)),
	);
	if (administrator || !others) return;
	query.where((told) =>
		told.whereNot("rooms.privacy", "secret").orWhereNotNull("managed.room_id"),
	);
}

/** `instr` and not `like`: it knows no wildcards, so every character of a word stands for itself. */
function whereWord(
	query: Knex.QueryBuilder,
	word: string,
	descriptions: boolean,
): void {
	query.whereRaw("instr(rooms.name_key, ?) > 0", [searchKey(word)]);
	if (descriptions) {
		query.orWhereRaw("instr(rooms.description_key, ?) > 0", [searchKey(word)]);
	}
}

async function knownAmong(
	db: Knex,
	ids: readonly RoomId[],
	holder: Holder,
): ReturnType<RoomReader["knownAmong"]> {
	const categories = await categoryStandings(db, holder);
	const roles = new Map<string, Set<Role>>();
	await inChunks(ids, async (some) => {
		await inChunks(holder.principals, async (principals) => {
			const rows: readonly { room_id: string; role: Role }[] = await db(
				"room_roles",
			)
				.select("room_id", "role")
				.whereIn("room_id", some)
				.whereIn("principal", principals);
			for (const { room_id, role } of rows) {
				roles.set(room_id, (roles.get(room_id) ?? new Set()).add(role));
			}
		});
	});
	return (await summaries(db, ids)).map(({ room }) => {
		const has = (role: Role) => roles.get(room.id)?.has(role) ?? false;
		const { administrator } = holder;
		const standing = {
			inScope:
				administrator || (categories.get(room.category.id)?.inScope ?? false),
			administrator,
			member: has("member"),
			manager: has("manager"),
			presenter: has("presenter"),
		};
		return { room, standing };
	});
}

/** In the order of the ids. */
export async function summaries(
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
	return ids.flatMap((id) => {
		const row = rows.get(id);
		return row === undefined ? [] : [summary(row)];
	});
}
