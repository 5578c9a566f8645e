/** A row of `rooms` with its category ⇄ a `Room`. */
import type { Knex } from "knex";
import type {
	Category,
	CategoryId,
	Privacy,
	Room,
	RoomId,
	RoomSummary,
	RoomType,
} from "../rooms/types.ts";
import {
	type CategoryColumns,
	category,
	categoryColumns,
} from "./categories.ts";

export interface RoomRow extends CategoryColumns {
	readonly id: string;
	readonly name: string;
	readonly description: string;
	readonly privacy: Privacy;
	readonly type: RoomType;
	readonly invitations: "inherit" | "off";
	readonly disabled: number;
	readonly add_in_name: string | null;
	readonly add_in_url: string | null;
	readonly alias: string | null;
	readonly created_by: string;
	readonly created_at: number;
	readonly updated_by: string;
	readonly updated_at: number;
	readonly last_sequence: number;
	readonly revision: number;
	readonly participants: number;
}

/** Asked of in place of a room that does not exist: as much is asked then. */
export const nowhere = {
	id: "" as RoomId,
	category: { id: "" as CategoryId } as Category,
};

/** Rooms with their categories; rows are `RoomRow`. */
export function selectRooms(db: Knex): Knex.QueryBuilder {
	return db("rooms")
		.join("categories", "categories.id", "rooms.category_id")
		.select("rooms.*", categoryColumns);
}

export function room(row: RoomRow): Room {
	return {
		id: row.id as RoomId,
		name: row.name,
		description: row.description,
		category: category(row),
		privacy: row.privacy,
		type: row.type,
		invitations: row.invitations,
		disabled: Boolean(row.disabled),
		...(row.add_in_name !== null && {
			addIn: { name: row.add_in_name, url: row.add_in_url ?? "" },
		}),
		...(row.alias !== null && { alias: row.alias }),
		createdBy: row.created_by,
		createdAt: new Date(row.created_at),
		updatedBy: row.updated_by,
		updatedAt: new Date(row.updated_at),
		lastSequence: row.last_sequence,
		revision: row.revision,
	};
}

export function summary(row: RoomRow): RoomSummary {
	return { room: room(row), participantCount: row.participants };
}
