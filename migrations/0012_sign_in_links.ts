/** The links that sign people in once at the web door. */
import type { Knex } from "knex";
import { createTables } from "./create-tables.ts";

const principal = 255;
/** A SHA-256 sum, hexadecimal. */
const sum = 64;

function sign_in_links(table: Knex.CreateTableBuilder): void {
	table.string("user_uri", principal).primary();
	/** Of what the link holds; null once it has been used. */
	table.string("token_sum", sum).nullable().unique();
	table.bigInteger("asked_at").notNullable();
	table.bigInteger("expires_at").notNullable().index();
}

export async function up(knex: Knex): Promise<void> {
	await createTables(knex, { sign_in_links });
}

export async function down(knex: Knex): Promise<void> {
	await knex.schema.dropTableIfExists("sign_in_links");
}
