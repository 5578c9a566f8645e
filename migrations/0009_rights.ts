/** A number that goes up with every change of a right: whoever joins meanwhile sees that there was one, on whichever node. */
import type { Knex } from "knex";
import { createTables } from "./create-tables.ts";

function generations(table: Knex.CreateTableBuilder): void {
	/** rights */
	table.string("name", 64).primary();
	table.bigInteger("value").notNullable();
}

export async function up(knex: Knex): Promise<void> {
	await createTables(knex, { generations });
	await knex("generations")
		.insert({ name: "rights", value: 1 })
		.onConflict("name")
		.ignore();
}

export async function down(knex: Knex): Promise<void> {
	await knex.schema.dropTableIfExists("generations");
}
