/** What operators run a pool by: the log of what administrators did, how each node is doing and whether it is drained, and the add-ins that rooms may have. */
import type { Knex } from "knex";
import { createTables } from "./create-tables.ts";

type Table = Knex.CreateTableBuilder;

const principal = 255;

const tables: Readonly<Record<string, (table: Table) => void>> = {
	audit(table) {
		table.bigIncrements("position");
		table.bigInteger("at").notNullable().index();
		table.string("actor_uri", principal).notNullable();
		table.string("actor_name", 256).notNullable();
		/** operator, sip, web, offline */
		table.string("door", 16).notNullable();
		/** An address, a Call-ID, the user of the operating system; empty where nobody knows. */
		table.string("came_from", 512).notNullable();
		/** Like room-changed. */
		table.string("action", 64).notNullable();
		/** A URI, an id, a name. */
		table.string("subject", 512).notNullable();
		/** JSON, short */
		table.text("details").notNullable();
		/** begun, done, refused, failed */
		table.string("outcome", 16).notNullable();
		/** Why it was refused; empty else. */
		table.string("reason", 64).notNullable();
	},

	node_states(table) {
		table.string("node", principal).primary();
		table.bigInteger("dialogs").notNullable();
		table.bigInteger("people").notNullable();
		/** Null: it takes new clients. */
		table.bigInteger("drained_at").nullable();
		table.string("drained_by", 256).nullable();
	},

	add_ins(table) {
		/** The name as it is compared without case. */
		table.string("name_key", 768).primary();
		table.string("name", 256).notNullable();
		table.string("url", 2_048).notNullable();
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
