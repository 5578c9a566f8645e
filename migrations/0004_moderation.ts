/** Messages that an administrator has replaced say when, and by whom. */
import type { Knex } from "knex";

const columns: Readonly<
	Record<string, (table: Knex.AlterTableBuilder) => void>
> = {
	replaced_at: (table) => table.bigInteger("replaced_at").nullable(),
	replaced_by: (table) => table.string("replaced_by", 255).nullable(),
};

export async function up(knex: Knex): Promise<void> {
	for (const [name, define] of Object.entries(columns)) {
		if (await knex.schema.hasColumn("messages", name)) continue;
		await knex.schema.alterTable("messages", define);
	}
}

export async function down(knex: Knex): Promise<void> {
	for (const name of Object.keys(columns)) {
		if (!(await knex.schema.hasColumn("messages", name))) continue;
		await knex.schema.alterTable("messages", (table) => {
			table.dropColumn(name);
		});
	}
}
