/** Presence documents: what a user's clients keep here for each other, and the rooms that are followed by it. */
import type { Knex } from "knex";
import { createTables } from "./create-tables.ts";

type Table = Knex.CreateTableBuilder;

const guid = 36;
const principal = 255;

const tables: Readonly<Record<string, (table: Table) => void>> = {
	/** One row a user, for publishers to wait at. */
	presence_documents(table) {
		table.string("user_uri", principal).primary();
		table.bigInteger("revision").notNullable();
	},

	publications(table) {
		table.string("user_uri", principal).notNullable();
		table.string("name", 128).notNullable();
		table.bigInteger("instance").notNullable();
		table.bigInteger("container").notNullable();
		table.bigInteger("version").notNullable();
		table.bigInteger("published_at").notNullable();
		table.string("expire_type", 32).notNullable();
		/** null = never */
		table.bigInteger("expires_at").nullable();
		table.integer("bytes").notNullable();
		/** XML, one element that stands alone */
		table.text("data", "mediumtext").notNullable();
		table.primary(["user_uri", "name", "instance", "container"]);
	},

	follows(table) {
		table.string("user_uri", principal).notNullable();
		table.string("room_id", guid).notNullable();
		/** The newest message when he left the room, or began to follow it. */
		table.bigInteger("reached").notNullable();
		table.primary(["user_uri", "room_id"]);
		table.index(["room_id", "user_uri"]);
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
