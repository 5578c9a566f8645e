/** Which rooms somebody is in is looked up by an index: it is asked with every join, and of everybody when a group changes. */
import type { Knex } from "knex";

const name = "participants_user_uri_index";

/** A run that was interrupted may have made it. */
async function isThere(knex: Knex): Promise<boolean> {
	const mysql = knex.client.driverName === "mysql2";
	const found = mysql
		? await knex("information_schema.statistics")
				.whereRaw("table_schema = database()")
				.where({ table_name: "participants", index_name: name })
				.first("index_name")
		: await knex("sqlite_master").where({ type: "index", name }).first("name");
	return found !== undefined;
}

export async function up(knex: Knex): Promise<void> {
	if (await isThere(knex)) return;
	await knex.schema.alterTable("participants", (table) => {
		table.index(["user_uri", "room_id"], name);
	});
}

export async function down(knex: Knex): Promise<void> {
	if (!(await isThere(knex))) return;
	await knex.schema.alterTable("participants", (table) => {
		table.dropIndex(["user_uri", "room_id"], name);
	});
}
