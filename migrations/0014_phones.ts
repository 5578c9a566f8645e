/** Rooms with an alias in their SIP address; who takes part by SIP MESSAGE, and how far each has been sent what was said. */
import type { Knex } from "knex";
import { createTables } from "./create-tables.ts";

type Table = Knex.CreateTableBuilder;

const guid = 36;
const principal = 255;
const aliasIndex = "rooms_alias_unique";

const tables: Readonly<Record<string, (table: Table) => void>> = {
	/** One row for each user who takes part by MESSAGE: the node that sends to him, so that no two do. */
	phones(table) {
		table.string("user_uri", principal).primary();
		table.string("claimed_by", 64).notNullable();
		table.bigInteger("claimed_until").notNullable();
		/** Since when nothing has reached him; null while he is reached. */
		table.bigInteger("failing_since").nullable();
	},

	phone_rooms(table) {
		table.string("user_uri", principal).notNullable();
		table.string("room_id", guid).notNullable().index();
		table.string("session_id", 255).notNullable();
		/** As it was when he joined: told to him when he has lost the right to know more. */
		table.string("room_name", 256).notNullable();
		/** The sequence of the newest message that he has been sent, or was not to be sent. */
		table.bigInteger("sent").notNullable();
		table.primary(["user_uri", "room_id"]);
	},
};

/** A run that was interrupted may have made it. */
async function hasAliasIndex(knex: Knex): Promise<boolean> {
	const mysql = knex.client.driverName === "mysql2";
	const found = mysql
		? await knex("information_schema.statistics")
				.whereRaw("table_schema = database()")
				.where({ table_name: "rooms", index_name: aliasIndex })
				.first("index_name")
		: await knex("sqlite_master")
				.where({ type: "index", name: aliasIndex })
				.first("name");
	return found !== undefined;
}

export async function up(knex: Knex): Promise<void> {
	await createTables(knex, tables);
	if (!(await knex.schema.hasColumn("rooms", "alias"))) {
		await knex.schema.alterTable("rooms", (table) => {
			table.string("alias", 64).nullable();
		});
	}
	if (await hasAliasIndex(knex)) return;
	await knex.schema.alterTable("rooms", (table) => {
		table.unique(["alias"], { indexName: aliasIndex });
	});
}

export async function down(knex: Knex): Promise<void> {
	if (await hasAliasIndex(knex)) {
		await knex.schema.alterTable("rooms", (table) => {
			table.dropUnique(["alias"], aliasIndex);
		});
	}
	if (await knex.schema.hasColumn("rooms", "alias")) {
		await knex.schema.alterTable("rooms", (table) => {
			table.dropColumn("alias");
		});
	}
	for (const name of Object.keys(tables).reverse()) {
		await knex.schema.dropTableIfExists(name);
	}
}
