/** How often messages of a room were deleted or replaced: by that, and by its newest message, a replica is known to have what was said in it. */
import type { Knex } from "knex";

export async function up(knex: Knex): Promise<void> {
	if (await knex.schema.hasColumn("rooms", "revision")) return;
	await knex.schema.alterTable("rooms", (table) => {
		table.bigInteger("revision").notNullable().defaultTo(0);
	});
}

export async function down(knex: Knex): Promise<void> {
	if (!(await knex.schema.hasColumn("rooms", "revision"))) return;
	await knex.schema.alterTable("rooms", (table) => {
		table.dropColumn("revision");
	});
}
