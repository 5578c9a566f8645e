/** What a room owes compliance is found by an index: where the archive is behind, it is asked of every room of closed categories. */
import type { Knex } from "knex";

const name = "outbox_room_id_index";

/** A run that was interrupted may have made it. */
async function isThere(knex: Knex): Promise<boolean> {
	const mysql = knex.client.driverName === "mysql2";
	const found = mysql
		? await knex("information_schema.statistics")
				.whereRaw("table_schema = database()")
				.where({ table_name: "outbox", index_name: name })
				.first("index_name")
		: await knex("sqlite_master").where({ type: "index", name }).first("name");
	return found !== undefined;
}

export async function up(knex: Knex): Promise<void> {
	if (await isThere(knex)) return;
	await knex.schema.alterTable("outbox", (table) => {
		table.index(["room_id", "position"], name);
	});
}

export async function down(knex: Knex): Promise<void> {
	if (!(await isThere(knex))) return;
	await knex.schema.alterTable("outbox", (table) => {
		table.dropIndex(["room_id", "position"], name);
	});
}
