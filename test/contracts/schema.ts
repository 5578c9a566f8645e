/** What a database says of its own schema, SQLite and MySQL alike. */
import type { Knex } from "../../plugin/store/index.ts";

export interface Schema {
	readonly tables: readonly { name: string; primaryKey: boolean }[];
	readonly triggers: number;
	readonly foreignKeys: number;
}

export function readSchema(knex: Knex): Promise<Schema> {
	return knex.client.driverName === "mysql2"
		? readMysqlSchema(knex)
		: readSqliteSchema(knex);
}

async function readMysqlSchema(knex: Knex): Promise<Schema> {
	const of = (table: string, column: string) =>
		knex(`information_schema.${table}`).where(column, knex.raw("database()"));
	const names = await of("tables", "table_schema").pluck("table_name");
	const constraints: readonly { name: string; type: string }[] = await of(
		"table_constraints",
		"table_schema",
	).select({ name: "table_name", type: "constraint_type" });
	const has = (name: string, type: string) =>
		constraints.some((each) => each.name === name && each.type === type);
	return {
		tables: names.map((name: string) => ({
			name,
			primaryKey: has(name, "PRIMARY KEY"),
		})),
		triggers: (await of("triggers", "trigger_schema")).length,
		foreignKeys: constraints.filter(({ type }) => type === "FOREIGN KEY")
			.length,
	};
}

async function readSqliteSchema(knex: Knex): Promise<Schema> {
	const of = (type: string) =>
		knex("sqlite_master")
			.where({ type })
			.whereNot("name", "like", "sqlite_%")
			.pluck("name");
	const names: readonly string[] = await of("table").whereNot(
		"sql",
		"like",
		"create virtual table%",
	);
	const tables = [];
	let foreignKeys = 0;
	for (const name of names) {
		const columns: readonly { pk: number }[] = await knex.raw(
			`pragma table_info(${name})`,
		);
		tables.push({ name, primaryKey: columns.some(({ pk }) => pk > 0) });
		foreignKeys += (await knex.raw(`pragma foreign_key_list(${name})`)).length;
	}
	return { tables, triggers: (await of("trigger")).length, foreignKeys };
}
