/** What compliance asks of the chat: categories that take nothing while the archive is behind, participants who are known by the events of their leaving, and nodes that say that they live. */
import type { Knex } from "knex";
import { createTables } from "./create-tables.ts";

type Column = (table: Knex.AlterTableBuilder) => void;

const columns: readonly {
	readonly table: string;
	readonly name: string;
	readonly add: Column;
}[] = [
	{
		table: "categories",
		name: "compliance",
		/** open, closed */
		add: (table) =>
			void table.string("compliance", 16).notNullable().defaultTo("open"),
	},
	{
		table: "participants",
		name: "email",
		add: (table) => void table.string("email", 320).nullable(),
	},
	{
		table: "participants",
		name: "call_id",
		add: (table) => void table.text("call_id").nullable(),
	},
];

function nodes(table: Knex.CreateTableBuilder): void {
	table.string("node", 255).primary();
	/** The last time that it was known to live. */
	table.bigInteger("alive_at").notNullable();
}

export async function up(knex: Knex): Promise<void> {
	for (const { table, name, add } of columns) {
		if (await knex.schema.hasColumn(table, name)) continue;
		await knex.schema.alterTable(table, add);
	}
	await createTables(knex, { nodes });
}

export async function down(knex: Knex): Promise<void> {
	await knex.schema.dropTableIfExists("nodes");
	for (const { table, name } of columns) {
		if (!(await knex.schema.hasColumn(table, name))) continue;
		await knex.schema.alterTable(table, (altered) => {
			altered.dropColumn(name);
		});
	}
}
