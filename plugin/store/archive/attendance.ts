/** Table `archive_attendance`: who was in which room from which event to which. */
import type { Knex } from "knex";
import type { Person } from "../../compliance/archived.ts";
import { inChunks, insertAll } from "../rows.ts";
import type { Placed } from "./add.ts";

interface Stay {
	readonly entered_position: number;
	readonly room_id: string;
	readonly user_uri: string;
	readonly person: string;
	left_position: number | null;
}

/** Takes in who has come and gone by these events. Who comes while he is there stays, and who goes while he is not changes nothing. */
export async function attend(
	tx: Knex,
	events: readonly Placed[],
): Promise<void> {
	const moves = events.filter(
		({ record: { type } }) => type === "joined" || type === "parted",
	);
	if (moves.length === 0) return;
	const open = await openStays(tx, moves);
	const came: Stay[] = [];
	const left: Stay[] = [];
	for (const { record, position } of moves) {
		const room_id = record.room?.id ?? "";
		const key = keyOf(room_id, record.actor.uri);
		const stay = open.get(key);
		if (record.type === "joined" && stay === undefined) {
			const fresh = {
				entered_position: position,
				room_id,
				user_uri: record.actor.uri,
				person: JSON.stringify(record.actor),
				left_position: null,
			};
			came.push(fresh);
			open.set(key, fresh);
		}
		if (record.type === "parted" && stay !== undefined) {
			stay.left_position = position;
			if (!came.includes(stay)) left.push(stay);
			open.delete(key);
		}
	}
	for (const { entered_position, left_position } of left) {
		await tx("archive_attendance")
			.where({ entered_position })
			.update({ left_position });
	}
	await insertAll(tx, "archive_attendance", came);
}

async function openStays(
	tx: Knex,
	moves: readonly Placed[],
): Promise<Map<string, Stay>> {
	const rooms = [...new Set(moves.map(({ record }) => record.room?.id ?? ""))];
	const users = [...new Set(moves.map(({ record }) => record.actor.uri))];
	const open = new Map<string, Stay>();
	await inChunks(rooms, async (someRooms) => {
		await inChunks(users, async (someUsers) => {
			const stays: readonly Stay[] = await tx("archive_attendance")
				.whereIn("room_id", someRooms)
				.whereIn("user_uri", someUsers)
				.whereNull("left_position");
			for (const stay of stays) {
				open.set(keyOf(stay.room_id, stay.user_uri), { ...stay });
			}
		});
	});
	return open;
}

function keyOf(room: string, user: string): string {
	return `${room} ${user}`;
}

export async function present(
	db: Knex,
	room: string,
	position: number,
): Promise<readonly Person[]> {
	const people: readonly string[] = await db("archive_attendance")
		.where({ room_id: room })
		.where("entered_position", "<", position)
		.where((left) =>
			left.whereNull("left_position").orWhere("left_position", ">=", position),
		)
		.orderBy("user_uri")
		.pluck("person");
	return people.map((person) => JSON.parse(person) as Person);
}
