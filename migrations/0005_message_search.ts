/**
 * The full-text index of messages, filled from what is there, and messages by time. On MySQL filling takes some minutes for a
 * million messages; an interrupted one goes on where it was.
 */
import type { Knex } from "knex";
import { tokensOf } from "./0005_tokens.ts";
import { createTables } from "./create-tables.ts";

const batchMessages = 400;
const timeIndex = "messages_room_id_posted_at_index";

export async function up(knex: Knex): Promise<void> {
	if (!(await hasTimeIndex(knex))) {
		await knex.schema.alterTable("messages", (table) => {
			table.index(["room_id", "posted_at"], timeIndex);
		});
	}
	if (isMysql(knex)) await createFulltext(knex);
	else await createFts5(knex);
	await fill(knex);
}

export async function down(knex: Knex): Promise<void> {
	await knex.schema.dropTableIfExists("message_tokens");
	await knex.schema.dropTableIfExists("message_index");
	if (await hasTimeIndex(knex)) {
		await knex.schema.alterTable("messages", (table) => {
			table.dropIndex(["room_id", "posted_at"], timeIndex);
		});
	}
}

async function createFulltext(knex: Knex): Promise<void> {
	await createTables(knex, {
		message_index(table) {
			table.string("room_id", 36).notNullable();
			table.bigInteger("sequence").notNullable();
			table.specificType(
				"tokens",
				"mediumtext character set ascii collate ascii_bin not null",
			);
			table.primary(["room_id", "sequence"]);
			table.index(["tokens"], "message_index_tokens", "FULLTEXT");
		},
	});
}

/** The FTS5 table keeps tokens only, by number; without their positions, which are not asked for. */
async function createFts5(knex: Knex): Promise<void> {
	if (await knex.schema.hasTable("message_index")) return;
	await knex.schema.createTable("message_index", (table) => {
		table.increments("id");
		table.string("room_id", 36).notNullable();
		table.bigInteger("sequence").notNullable();
		table.unique(["room_id", "sequence"]);
	});
	await knex.raw(
		"create virtual table message_tokens using fts5 (tokens, content='', contentless_delete=1, detail=none, tokenize='ascii')",
	);
}

async function fill(knex: Knex): Promise<void> {
	const rooms: readonly string[] = await knex("rooms")
		.orderBy("id")
		.pluck("id");
	for (const room of rooms) {
		const last = await knex("message_index")
			.where({ room_id: room })
			.max({ sequence: "sequence" })
			.first();
		let after = Number(last?.sequence ?? 0);
		for (;;) {
			const messages: readonly {
				sequence: number;
				author: string;
				text: string;
			}[] = await knex("messages")
				.where({ room_id: room })
				.where("sequence", ">", after)
				.orderBy("sequence")
				.limit(batchMessages)
				.select("sequence", "text", { author: "author_uri" });
			const newest = messages.at(-1);
			if (newest === undefined) break;
			const rows = messages.map((message) => ({
				room_id: room,
				sequence: message.sequence,
				tokens: tokensOf({ room, ...message }),
			}));
			if (isMysql(knex)) await knex("message_index").insert(rows);
			else await addToFts5(knex, room, rows);
			after = newest.sequence;
		}
	}
}

/** In each room the numbers go up with the sequence. SQLite undoes an interrupted migration whole. */
async function addToFts5(
	knex: Knex,
	room: string,
	rows: readonly { readonly sequence: number; readonly tokens: string }[],
): Promise<void> {
	const sequences = rows.map(({ sequence }) => sequence);
	await knex("message_index").insert(
		sequences.map((sequence) => ({ room_id: room, sequence })),
	);
	const numbered: readonly { id: number; sequence: number }[] = await knex(
		"message_index",
	)
		.where({ room_id: room })
		.whereIn("sequence", sequences);
	const ids = new Map(numbered.map(({ id, sequence }) => [sequence, id]));
	await knex("message_tokens").insert(
		rows.map(({ sequence, tokens }) => ({ rowid: ids.get(sequence), tokens })),
	);
}

async function hasTimeIndex(knex: Knex): Promise<boolean> {
	const found = isMysql(knex)
		? await knex("information_schema.statistics")
				.whereRaw("table_schema = database()")
				.where({ table_name: "messages", index_name: timeIndex })
				.first("index_name")
		: await knex("sqlite_master")
				.where({ type: "index", name: timeIndex })
				.first("name");
	return found !== undefined;
}

function isMysql(knex: Knex): boolean {
	return knex.client.driverName === "mysql2";
}
