/** Batches of a holder are numbered: one that comes late, when a later one has been committed, is known as such. */
import type { Knex } from "knex";

const table = "archive_leases";
const column = "turn";

export async function up(knex: Knex): Promise<void> {
	if (await knex.schema.hasColumn(table, column)) return;
	await knex.schema.alterTable(table, (leases) => {
		leases.bigInteger(column).notNullable().defaultTo(0);
	});
}

export async function down(knex: Knex): Promise<void> {
	if (!(await knex.schema.hasColumn(table, column))) return;
	await knex.schema.alterTable(table, (leases) => {
		leases.dropColumn(column);
	});
}
