/** Table `rooms`: one room, what somebody is to it, its changes, and the lock that puts writers of a room in a row. */
import type { Knex } from "knex";
import { ChatError, noSuchCategory, noSuchRoom } from "../errors.ts";
import type {
	CategoryId,
	Principal,
	Role,
	Room,
	RoomId,
	RoomProperties,
} from "../rooms/types.ts";
import { searchKey } from "../rooms/words.ts";
import { removeFilesOf } from "./files.ts";
import { nameKey } from "./keys.ts";
import { knownAll } from "./known-rooms.ts";
import type { Locks } from "./locks.ts";
import { removeFromIndex } from "./message-index.ts";
import { standingsIn } from "./rights.ts";
import { roomLists } from "./room-lists.ts";
import { lockFree, lockRow } from "./room-locks.ts";
import {
	nowhere,
	type RoomRow,
	room,
	selectRooms,
	summary,
} from "./room-rows.ts";
import { deleteAll, inChunks, insertAll, readAll } from "./rows.ts";
import type { NewRoom, RightsWriter, RoomReader, RoomWriter } from "./store.ts";
import { unlessTaken } from "./taken.ts";

export function roomReader(db: Knex): RoomReader {
	return {
		async find(id) {
			const found = await row(db, id);
			return found && room(found);
		},
		known: async (id, holder) => known(db, await row(db, id), holder),
		knownAll: (asked) => knownAll(db, asked),
		async knownAt(address, holder) {
			const found: RoomRow | undefined = await selectRooms(db)
				.where("rooms.id", address)
				.orWhere("rooms.alias", address)
				.first();
			return known(db, found, holder);
		},
		standings: (room, holders) => standingsIn(db, room, holders),
		async lastSequences(ids) {
			const rows: readonly {
				readonly id: RoomId;
				readonly last_sequence: number;
			}[] = await db("rooms").whereIn("id", ids).select("id", "last_sequence");
			return new Map(rows.map((row) => [row.id, Number(row.last_sequence)]));
		},
		async summary(id) {
			const found = await row(db, id);
			return found && summary(found);
		},
		async roles(id) {
			const roles: Record<Role, Principal[]> = {
				member: [],
				manager: [],
				presenter: [],
			};
			await readAll<{ readonly role: Role; readonly principal: Principal }>(
				() =>
					db("room_roles").select("role", "principal").where({ room_id: id }),
				["role", "principal"],
				({ role, principal }) => roles[role].push(principal),
			);
			return roles;
		},
		async named(name) {
			const rows: readonly RoomRow[] = await selectRooms(db)
				.where("rooms.name_key", nameKey(name))
				.orderBy("rooms.id");
			return rows.map(room);
		},
		async inCategory(category, { after = "", limit }) {
			const rows: readonly RoomRow[] = await selectRooms(db)
				.where("rooms.category_id", category)
				.where("rooms.id", ">", after)
				.orderBy("rooms.id")
				.limit(limit);
			return rows.map(room);
		},
		...roomLists(db),
	};
}

export function roomWriter(
	tx: Knex,
	locks: Locks,
	rights: RightsWriter,
): RoomWriter {
	const lockOne = (id: RoomId) => lockRow(tx, locks, id);

	return {
		...roomReader(tx),
		async add(room) {
			await rights.change();
			await insertRoom(tx, room);
			const { createdBy: by, createdAt: at } = room;
			await insertAll(tx, "room_roles", [
				...grants(room.id, "member", room.members, by, at),
				...grants(room.id, "manager", room.managers, by, at),
				...grants(room.id, "presenter", room.presenters, by, at),
			]);
		},
		async lock(id) {
			const locked = await lockOne(id);
			if (locked === undefined) throw noSuchRoom();
			return room(locked);
		},
		lockKnown: async (id, holder) => known(tx, await lockOne(id), holder),
		lockFree: (asked) => lockFree(tx, locks, asked),
		async change(id, changes, by, at) {
			locks.of(id);
			await changeRoom(tx, id, changes, by, at);
			const changed = await row(tx, id);
			if (changed === undefined) throw new Error(`Room ${id} has gone`);
			return room(changed);
		},
		async changeRole(id, role, { add, remove }, by, at) {
			locks.of(id);
			if (add.length + remove.length === 0) return;
			await rights.change();
			await inChunks(remove, async (some) => {
				await tx("room_roles")
					.where({ room_id: id, role })
					.whereIn("principal", some)
					.delete();
			});
			await inChunks(grants(id, role, add, by, at), async (some) => {
				await tx("room_roles")
					.insert(some)
					.onConflict(["room_id", "role", "principal"])
					.ignore();
			});
		},
		async remove(id) {
			if (locks.of(id).participants > 0) {
				throw new Error(`Room ${id} still has participants`);
			}
			await removeFromIndex(tx, id);
			await removeFilesOf(tx, id);
			for (const [table, column] of Object.entries(ofRoom)) {
				await deleteAll(tx, table, { room_id: id }, column);
			}
			await tx("rooms").where({ id }).delete();
		},
	};
}

/** Tables whose rows go with their room, and the column by which they are gone through. */
const ofRoom = {
	messages: "sequence",
	room_roles: "principal",
	follows: "user_uri",
	invitations: "user_uri",
};

async function row(db: Knex, id: RoomId): Promise<RoomRow | undefined> {
	return selectRooms(db).where("rooms.id", id).first();
}

async function known(
	db: Knex,
	found: RoomRow | undefined,
	holder: Parameters<RoomReader["known"]>[1],
): ReturnType<RoomReader["known"]> {
	const asked = found === undefined ? nowhere : room(found);
	const [standing] = await standingsIn(db, asked, [holder]);
	return found === undefined || standing === undefined
		? undefined
		: { room: room(found), standing };
}

async function insertRoom(tx: Knex, room: NewRoom): Promise<void> {
	await demandCategory(tx, room.category);
	await demandFreeAlias(tx, room.id, room.alias);
	await unlessTaken(alreadyThere(room.name), () =>
		tx("rooms").insert({
			...columnsOf(room),
			id: room.id,
			...uniqueness(room.id, room.name, room.privacy),
			disabled: room.disabled ?? false,
			created_by: room.createdBy,
			created_at: room.createdAt.getTime(),
			updated_by: room.createdBy,
			updated_at: room.createdAt.getTime(),
			last_sequence: 0,
			movements: 0,
		}),
	);
}

async function changeRoom(
	tx: Knex,
	id: RoomId,
	changes: Partial<RoomProperties>,
	by: string,
	at: Date,
): Promise<void> {
	const before = await row(tx, id);
	if (before === undefined) throw new Error(`Room ${id} has gone`);
	if (changes.category !== undefined) {
		await demandCategory(tx, changes.category);
	}
	await demandFreeAlias(tx, id, changes.alias);
	const name = changes.name ?? before.name;
	const privacy = changes.privacy ?? before.privacy;
	await unlessTaken(alreadyThere(name), () =>
		tx("rooms")
			.where({ id })
			.update({
				...columnsOf(changes),
				...uniqueness(id, name, privacy),
				updated_by: by,
				// Each state has a time of its own, by which a writer names the one that he had read.
				updated_at: Math.max(at.getTime(), before.updated_at + 1),
			}),
	);
}

/** The columns of what is given. */
function columnsOf(room: Partial<RoomProperties>): object {
	const { name, description, category, privacy, type, invitations, disabled } =
		room;
	const columns = {
		name,
		name_key: name === undefined ? undefined : nameKey(name),
		description,
		description_key:
			description === undefined ? undefined : searchKey(description),
		category_id: category,
		privacy,
		type,
		invitations,
		disabled,
		...("addIn" in room && {
			add_in_name: room.addIn?.name ?? null,
			add_in_url: room.addIn?.url ?? null,
		}),
		...("alias" in room && { alias: room.alias ?? null }),
	};
	return Object.fromEntries(
		Object.entries(columns).filter(([, value]) => value !== undefined),
	);
}

/** Secret rooms reserve no name: a refusal would tell of them. */
function uniqueness(id: RoomId, name: string, privacy: Room["privacy"]) {
	return { unique_key: privacy === "secret" ? id : nameKey(name) };
}

async function demandCategory(tx: Knex, id: CategoryId): Promise<void> {
	const category = await tx("categories").where({ id }).forUpdate().first("id");
	if (category === undefined) throw noSuchCategory();
}

/** Two who ask at once: the unique key refuses the later one. */
async function demandFreeAlias(
	tx: Knex,
	id: RoomId,
	alias: string | undefined,
): Promise<void> {
	if (alias === undefined) return;
	const taken = await tx("rooms").where({ alias }).whereNot({ id }).first("id");
	if (taken === undefined) return;
	throw new ChatError(
		"name-taken",
		`There is a room with the alias "${alias}" already.`,
	);
}

function alreadyThere(name: string): string {
	return `There is a room named "${name}" already.`;
}

function grants(
	room: RoomId,
	role: Role,
	all: readonly Principal[],
	by: string,
	at: Date,
): readonly object[] {
	return [...new Set(all)].map((principal) => ({
		room_id: room,
		role,
		principal,
		granted_by: by,
		granted_at: at.getTime(),
	}));
}
