/** How many days messages of a category's rooms are kept; null: as the service has it, 0: for ever. */
import type { Knex } from "knex";

export async function up(knex: Knex): Promise<void> {
	if (await knex.schema.hasColumn("categories", "retain_days")) return;
	await knex.schema.alterTable("categories", (table) => {
		table.integer("retain_days").nullable();
	});
}

export async function down(knex: Knex): Promise<void> {
	if (!(await knex.schema.hasColumn("categories", "retain_days"))) return;
	await knex.schema.alterTable("categories", (table) => {
		table.dropColumn("retain_days");
	});
}
