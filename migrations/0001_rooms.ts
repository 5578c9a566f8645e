/**
 * Users, categories, rooms, messages, participants, preferences, and what compliance is owed.
 *
 * For SQLite and every database that speaks MySQL's language: no triggers, no foreign keys, a primary key everywhere.
 * MySQL commits each change of the schema by itself, so `up` finishes what an interrupted one has begun.
 * Times are milliseconds since 1970 (UTC); `_key` columns hold the form that is compared without case.
 */
import { randomUUID } from "node:crypto";
import type { Knex } from "knex";
import { createTables } from "./create-tables.ts";

type Table = Knex.CreateTableBuilder;

const guid = 36;
const principal = 255;

const tables: Readonly<Record<string, (table: Table) => void>> = {
	settings(table) {
		table.string("name", 64).primary();
		table.text("value").notNullable();
	},

	users(table) {
		table.string("uri", principal).primary();
		table.string("display_name", 256).notNullable();
		table.string("guid", guid).notNullable().unique();
		table.string("email", 320).nullable();
		table.boolean("enabled").notNullable();
		/** JSON; null = no password here */
		table.text("credentials").nullable();
	},

	categories(table) {
		table.string("id", guid).primary();
		table.string("name", 256).notNullable();
		table.string("name_key", 768).notNullable().unique();
		table.text("description").notNullable();
		table.boolean("invitations").notNullable();
		table.boolean("files").notNullable();
		table.boolean("history").notNullable();
	},

	/** kind: allowed, denied, creator */
	category_principals(table) {
		table.string("category_id", guid).notNullable();
		table.string("kind", 16).notNullable();
		table.string("principal", principal).notNullable();
		table.primary(["category_id", "kind", "principal"]);
		table.index(["principal", "kind", "category_id"]);
	},

	rooms(table) {
		table.string("id", guid).primary();
		table.string("name", 256).notNullable();
		table.string("name_key", 768).notNullable().unique();
		table.text("description").notNullable();
		table.text("description_key").notNullable();
		table.string("category_id", guid).notNullable().index();
		table.string("privacy", 16).notNullable();
		table.string("type", 16).notNullable();
		table.string("invitations", 16).notNullable();
		table.boolean("disabled").notNullable();
		table.string("created_by", principal).notNullable();
		table.bigInteger("created_at").notNullable();
		table.string("updated_by", principal).notNullable();
		table.bigInteger("updated_at").notNullable();
		table.bigInteger("last_sequence").notNullable();
		/** Goes up whenever somebody enters or leaves: gives participants their order, and makes two Galera nodes collide. */
		table.bigInteger("movements").notNullable();
	},

	/** role: member, manager, presenter */
	room_roles(table) {
		table.string("room_id", guid).notNullable();
		table.string("role", 16).notNullable();
		table.string("principal", principal).notNullable();
		table.primary(["room_id", "role", "principal"]);
		table.index(["principal", "role", "room_id"]);
	},

	messages(table) {
		table.string("room_id", guid).notNullable();
		table.bigInteger("sequence").notNullable();
		table.string("author_uri", principal).notNullable();
		table.string("author_name", 256).notNullable();
		table.bigInteger("posted_at").notNullable();
		table.boolean("alert").notNullable();
		table.text("text", "mediumtext").notNullable();
		/** JSON; null = none */
		table.text("extras", "mediumtext").nullable();
		/** Names the attempt to post, so that a repeat is known. */
		table.string("post_key", 64).nullable();
		table.primary(["room_id", "sequence"]);
		table.unique(["room_id", "post_key"]);
	},

	participants(table) {
		table.string("room_id", guid).notNullable();
		table.string("user_uri", principal).notNullable();
		table.string("session_id", 255).notNullable();
		table.string("node", 255).notNullable().index();
		/** The room's `movements` when this session entered. */
		table.bigInteger("movement").notNullable();
		table.bigInteger("entered_at").notNullable();
		table.primary(["room_id", "user_uri", "session_id"]);
	},

	preferences(table) {
		table.string("user_uri", principal).notNullable();
		/** Bytes, because blanks at its end count. */
		table.binary("label", 512).notNullable();
		table.bigInteger("version").notNullable();
		table.text("content", "mediumtext").notNullable();
		table.primary(["user_uri", "label"]);
	},

	outbox(table) {
		table.bigIncrements("position");
		table.string("id", guid).notNullable().unique();
		table.string("room_id", guid).notNullable();
		table.string("type", 32).notNullable();
		table.bigInteger("at").notNullable();
		/** JSON */
		table.text("payload", "mediumtext").notNullable();
	},
};

export async function up(knex: Knex): Promise<void> {
	await createTables(knex, tables);
	await knex("settings")
		.insert({ name: "database-id", value: randomUUID() })
		.onConflict("name")
		.ignore();
}

export async function down(knex: Knex): Promise<void> {
	for (const name of Object.keys(tables).reverse()) {
		await knex.schema.dropTableIfExists(name);
	}
}
