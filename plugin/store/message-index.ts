/**
 * The full-text index of messages: FTS5 on SQLite (`message_tokens`, numbered by `message_index`), FULLTEXT on MySQL and MariaDB
 * (`message_index`). Written by the transaction that writes the message. What it holds is made in `tokens.ts`.
 */
import type { Knex } from "knex";
import { giveTurn } from "../turns.ts";
import { isSqlite } from "./database.ts";
import { inChunks } from "./rows.ts";
import { tokensOf } from "./tokens.ts";

export interface Indexed {
	readonly room: string;
	readonly sequence: number;
	/** URI. */
	readonly author: string;
	readonly text: string;
}

/** What there was of the same messages before is gone then. */
export async function addToIndex(
	db: Knex,
	messages: readonly Indexed[],
): Promise<void> {
	await inChunks(messages, async (some) => {
		if (isSqlite(db)) await addToFts5(db, some);
		else await addToFulltext(db, some);
	});
}

async function addToFulltext(
	db: Knex,
	messages: readonly Indexed[],
): Promise<void> {
	const rows = messages.map((message) => ({
		room_id: message.room,
		sequence: message.sequence,
		tokens: tokensOf(message),
	}));
	await db("message_index")
		.insert(rows)
		.onConflict(["room_id", "sequence"])
		.merge(["tokens"]);
}

/** In each room the numbers go up with the sequence: what is indexed again keeps its own. */
async function addToFts5(
	db: Knex,
	messages: readonly Indexed[],
): Promise<void> {
	const places = messages.map(({ room, sequence }) => [room, sequence]);
	await db("message_index")
		.insert(messages.map(({ room, sequence }) => ({ room_id: room, sequence })))
		.onConflict(["room_id", "sequence"])
		.ignore();
	const rows: readonly { id: number; room_id: string; sequence: number }[] =
		await db("message_index").whereIn(["room_id", "sequence"], places);
	const ids = new Map(
		rows.map(({ id, room_id, sequence }) => [`${room_id} ${sequence}`, id]),
	);
	await db("message_tokens")
		.whereIn("rowid", [...ids.values()])
		.delete();
	await db("message_tokens").insert(
		messages.map((message) => ({
			rowid: ids.get(`${message.room} ${message.sequence}`),
			tokens: tokensOf(message),
		})),
	);
}

/** Messages of a room that is removed, taken out of the index in one turn. */
const atOnce = 400;

/** Some messages of a room, or all of them. */
export async function removeFromIndex(
	db: Knex,
	room: string,
	sequences?: readonly number[],
): Promise<void> {
	const all = () => db("message_index").where({ room_id: room });
	const remove = async (some: readonly number[]) => {
		const rows = () => all().whereIn("sequence", some);
		if (isSqlite(db)) {
			await db("message_tokens").whereIn("rowid", rows().select("id")).delete();
		}
		await rows().delete();
	};
	if (sequences !== undefined) return inChunks(sequences, remove);
	for (;;) {
		const some: readonly number[] = await all().limit(atOnce).pluck("sequence");
		if (some.length === 0) return;
		await remove(some);
		await giveTurn();
	}
}
