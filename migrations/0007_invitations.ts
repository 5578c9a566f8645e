/** Invitations: one for each room that a user was told he is a member of. */
import type { Knex } from "knex";
import { createTables } from "./create-tables.ts";

type Table = Knex.CreateTableBuilder;

const guid = 36;
const principal = 255;

const tables: Readonly<Record<string, (table: Table) => void>> = {
	/** One row a user: gives invitations their serials, and makes two nodes that invite him wait for each other. */
	invited_users(table) {
		table.string("user_uri", principal).primary();
		table.bigInteger("last_serial").notNullable();
	},

	invitations(table) {
		table.string("user_uri", principal).notNullable();
		table.string("room_id", guid).notNullable();
		table.bigInteger("serial").notNullable();
		/** The membership that it tells of. */
		table.bigInteger("granted_at").notNullable();
		table.bigInteger("invited_at").notNullable();
		table.primary(["user_uri", "room_id"]);
		table.unique(["user_uri", "serial"]);
		table.index(["room_id"]);
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
