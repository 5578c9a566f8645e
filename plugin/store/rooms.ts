/** Table `rooms`: one room, its standing for somebody, a new one, and the lock that puts writers of a room in a row. */
import type { Knex } from "knex";
import { ChatError } from "../errors.ts";
import type { Principal, Role, Room, RoomId } from "../rooms/types.ts";
import { faultOf } from "./faults.ts";
import { nameKey, searchKey } from "./keys.ts";
import type { Locks } from "./locks.ts";
import { grantsIn, standingFrom } from "./rights.ts";
import { roomLists } from "./room-lists.ts";
import { type RoomRow, room, selectRooms } from "./room-rows.ts";
import { insertAll } from "./rows.ts";
import type { NewRoom, RoomReader, Transaction } from "./store.ts";

export function roomReader(db: Knex): RoomReader {
	return {
		find: (id) => find(db, id),
		async standing(room, principals) {
			return standingFrom(await grantsIn(db, room, principals), principals);
		},
		...roomLists(db),
	};
}

export function roomWriter(tx: Knex, locks: Locks): Transaction["rooms"] {
	return {
		...roomReader(tx),
		async add(room) {
			await insertRoom(tx, room);
			await insertAll(tx, "room_roles", [
				...roles(room.id, "member", room.members),
				...roles(room.id, "manager", room.managers),
				...roles(room.id, "presenter", room.presenters),
			]);
		},
		async lock(id) {
			// The room's row alone, not the category's: other rooms of the category go on.
			const row: { readonly movements: number } | undefined = await tx("rooms")
				.where({ id })
				.forUpdate()
				.first("movements");
			const locked = row && (await find(tx, id));
			if (locked === undefined) {
				throw new ChatError("no-such-room", "There is no such room.");
			}
			locks.note(id, locked.lastSequence, row?.movements ?? 0);
			return locked;
		},
	};
}

async function find(db: Knex, id: RoomId): Promise<Room | undefined> {
	const row: RoomRow | undefined = await selectRooms(db)
		.where("rooms.id", id)
		.first();
	return row && room(row);
}

async function insertRoom(tx: Knex, room: NewRoom): Promise<void> {
	const category = await tx("categories")
		.where({ id: room.category })
		.forUpdate()
		.first("id");
	if (category === undefined) {
		throw new ChatError("malformed", `There is no category ${room.category}.`);
	}
	try {
		await tx("rooms").insert(newRow(room));
	} catch (error) {
		if (faultOf(error) !== "duplicate") throw error;
		throw new ChatError(
			"conflict",
			`There is a room named "${room.name}" already, or one with the same id.`,
			{ cause: error },
		);
	}
}

function newRow(room: NewRoom): object {
	return {
		id: room.id,
		name: room.name,
		name_key: nameKey(room.name),
		description: room.description,
		description_key: searchKey(room.description),
		category_id: room.category,
		privacy: room.privacy,
		type: room.type,
		invitations: room.invitations,
		disabled: false,
		created_by: room.createdBy,
		created_at: room.createdAt.getTime(),
		updated_by: room.createdBy,
		updated_at: room.createdAt.getTime(),
		last_sequence: 0,
		movements: 0,
	};
}

function roles(
	room: RoomId,
	role: Role,
	all: readonly Principal[],
): readonly object[] {
	return [...new Set(all)].map((principal) => ({
		room_id: room,
		role,
		principal,
	}));
}
