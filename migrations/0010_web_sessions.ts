/** Who is signed in at the web door. */
import type { Knex } from "knex";
import { createTables } from "./create-tables.ts";

const guid = 36;
const principal = 255;
/** A SHA-256 sum, hexadecimal. */
const sum = 64;

function web_sessions(table: Knex.CreateTableBuilder): void {
	table.string("id", guid).primary();
	/** Of what the browser holds: whoever reads this table cannot sign in with it. */
	table.string("token_sum", sum).notNullable().unique();
	table.string("user_uri", principal).notNullable().index();
	table.bigInteger("begun_at").notNullable();
	table.bigInteger("seen_at").notNullable();
	table.bigInteger("ends_at").notNullable().index();
}

export async function up(knex: Knex): Promise<void> {
	await createTables(knex, { web_sessions });
}

export async function down(knex: Knex): Promise<void> {
	await knex.schema.dropTableIfExists("web_sessions");
	await knex("settings").where({ name: "web-secret" }).delete();
}
