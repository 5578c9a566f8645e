/** New tables of a migration, the same on every database, whole also after an interruption. */
import type { Knex } from "knex";

/**
 * MySQL makes a table and each of its indexes by a statement of their own: a table that is there, but empty, may lack some
 * and is made anew. One with rows in it has been in use, and is left alone.
 */
export async function createTables(
	knex: Knex,
	tables: Readonly<Record<string, (table: Knex.CreateTableBuilder) => void>>,
): Promise<void> {
	const mysql = knex.client.driverName === "mysql2";
	for (const [name, define] of Object.entries(tables)) {
		if (await knex.schema.hasTable(name)) {
			if ((await knex(name).first()) !== undefined) continue;
			await knex.schema.dropTable(name);
		}
		await knex.schema.createTable(name, (table) => {
			if (mysql) {
				table.charset("utf8mb4");
				table.collate("utf8mb4_bin");
				table.engine("InnoDB");
			}
			define(table);
		});
	}
}
