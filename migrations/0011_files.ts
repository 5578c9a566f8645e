/** Files of rooms: tokens for one transfer, uploads under way, what was uploaded, downloads under way. */
import type { Knex } from "knex";
import { createTables } from "./create-tables.ts";

type Table = Knex.CreateTableBuilder;

const guid = 36;
const principal = 255;
/** Hexadecimal. */
const sha256 = 64;
/** UTF-8 bytes of a name are fewer; characters of it never more. */
const fileName = 255;
const mediaType = 100;

const tables: Readonly<Record<string, (table: Table) => void>> = {
	file_tokens(table) {
		/** SHA-256 of the token: whoever reads the database has none. */
		table.string("hash", sha256).primary();
		/** upload, download */
		table.string("kind", 10).notNullable();
		table.string("user_uri", principal).notNullable();
		table.string("room_id", guid).notNullable();
		table.string("file_id", guid).nullable();
		/** The actor, as JSON, and what the file is to be called. */
		table.text("actor").notNullable();
		table.string("file_name", fileName).notNullable();
		table.bigInteger("expires_at").notNullable().index();
		table.index(["user_uri", "expires_at"]);
	},

	uploads(table) {
		table.string("id", guid).primary();
		table.string("user_uri", principal).notNullable();
		table.string("room_id", guid).notNullable().index();
		table.string("file_name", fileName).notNullable();
		table.bigInteger("bytes").notNullable();
		/** When it was begun, or something of it last came. */
		table.bigInteger("touched_at").notNullable().index();
		/** What it is, once all of it is there. */
		table.string("sha256", sha256).nullable();
		table.string("media_type", mediaType).nullable();
		table.index(["user_uri"]);
	},

	/** One row for each content that the file store has, or is about to have: it gives those who keep and remove it their turn. */
	file_contents(table) {
		table.string("sha256", sha256).primary();
		table.bigInteger("bytes").notNullable();
		table.bigInteger("claimed_at").notNullable().index();
	},

	files(table) {
		table.bigIncrements("position");
		table.string("id", guid).notNullable().unique();
		table.string("room_id", guid).notNullable();
		table.string("file_name", fileName).notNullable();
		table.string("media_type", mediaType).notNullable();
		table.bigInteger("bytes").notNullable();
		table.string("sha256", sha256).notNullable().index();
		table.string("uploaded_by", principal).notNullable();
		table.string("uploaded_name", 256).notNullable();
		table.bigInteger("uploaded_at").notNullable();
		table.index(["room_id", "position"]);
	},

	/** Begun and not recorded yet: should the node be killed, what it may have sent is recorded after. */
	file_downloads(table) {
		table.string("id", guid).primary();
		table.string("node", 64).notNullable().index();
		table.bigInteger("begun_at").notNullable().index();
		table.string("sha256", sha256).notNullable().index();
		/** The event, as JSON. */
		table.text("event", "mediumtext").notNullable();
	},
};

export async function up(knex: Knex): Promise<void> {
	await createTables(knex, tables);
}

export async function down(knex: Knex): Promise<void> {
	for (const name of Object.keys(tables).reverse()) {
		await knex.schema.dropTableIfExists(name);
	}
}
