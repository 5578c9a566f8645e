/** Which rooms a device was in when its dialog was lost, and how far it had heard them: for when it comes back. */
import type { Knex } from "knex";
import { createTables } from "./create-tables.ts";

const guid = 36;
const principal = 255;
/** A SHA-256 sum, hexadecimal. */
const device = 64;

function absences(table: Knex.CreateTableBuilder): void {
	table.string("user_uri", principal).notNullable();
	table.string("device", device).notNullable();
	table.string("room_id", guid).notNullable();
	/** The newest message that it took. */
	table.bigInteger("heard").notNullable();
	table.bigInteger("since").notNullable().index();
	table.primary(["user_uri", "device", "room_id"]);
}

export async function up(knex: Knex): Promise<void> {
	if (!(await knex.schema.hasColumn("participants", "device"))) {
		await knex.schema.alterTable("participants", (table) => {
			table.string("device", device).nullable();
		});
	}
	await createTables(knex, { absences });
}

export async function down(knex: Knex): Promise<void> {
	await knex.schema.dropTableIfExists("absences");
	if (await knex.schema.hasColumn("participants", "device")) {
		await knex.schema.alterTable("participants", (table) => {
			table.dropColumn("device");
		});
	}
}
