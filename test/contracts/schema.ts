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

export interface Content {
	/** In any order. */
	readonly rows: readonly object[];
	readonly columns: readonly string[];
	readonly indexes: readonly string[];
}

/** Everything in the tables that this program has made, by table; `knex_…` and what a search index keeps for itself left out. */
export async function readContent(
	knex: Knex,
): Promise<Readonly<Record<string, Content>>> {
	const { tables } = await readSchema(knex);
	const content: Record<string, Content> = {};
	for (const { name } of tables) {
		if (/^(knex_|message_tokens)/.test(name)) continue;
		const rows: readonly object[] = await knex(name);
		content[name] = {
			rows: rows.toSorted((a, b) =>
				JSON.stringify(a) < JSON.stringify(b) ? -1 : 1,
			),
			columns: Object.keys(await knex(name).columnInfo()).sort(),
			indexes: await indexesOf(knex, name),
		};
	}
	return content;
}

async function indexesOf(knex: Knex, table: string): Promise<string[]> {
	const names: readonly string[] =
		knex.client.driverName === "mysql2"
			? await knex("information_schema.statistics")
					.whereRaw("table_schema = database()")
					.where({ table_name: table })
					.distinct()
					.pluck("index_name")
			: await knex("sqlite_master")
					.where({ type: "index", tbl_name: table })
					.pluck("name");
	return [...names].sort();
}
