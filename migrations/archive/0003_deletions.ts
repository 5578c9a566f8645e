/** Deletions are signed too, also where nothing has come since the checkpoint before: two of them may speak of one position. */
import type { Knex } from "knex";

const table = "archive_checkpoints";
const unique = "archive_checkpoints_position_unique";
const plain = "archive_checkpoints_position_index";

export async function up(knex: Knex): Promise<void> {
	if (!(await hasIndex(knex, plain))) {
		await knex.schema.alterTable(table, (of) => {
			of.index(["position"], plain);
		});
	}
	if (!(await hasIndex(knex, unique))) return;
	await knex.schema.alterTable(table, (of) => {
		of.dropUnique(["position"], unique);
	});
}

/** Of those that speak of one position the first stays. */
export async function down(knex: Knex): Promise<void> {
	if (!(await hasIndex(knex, unique))) {
		const first: readonly { readonly number: number }[] = await knex(table)
			.groupBy("position")
			.min({ number: "number" });
		const stay = new Set(first.map(({ number }) => number));
		const numbers: readonly number[] = await knex(table).pluck("number");
		for (const number of numbers.filter((one) => !stay.has(one))) {
			await knex(table).where({ number }).delete();
		}
		await knex.schema.alterTable(table, (of) => {
			of.unique(["position"], { indexName: unique });
		});
	}
	if (!(await hasIndex(knex, plain))) return;
	await knex.schema.alterTable(table, (of) => {
		of.dropIndex(["position"], plain);
	});
}

async function hasIndex(knex: Knex, name: string): Promise<boolean> {
	const query =
		knex.client.driverName === "better-sqlite3"
			? knex("sqlite_master").where({ type: "index", name })
			: knex("information_schema.statistics")
					.whereRaw("table_schema = database()")
					.where({ table_name: table, index_name: name });
	return (await query.first(knex.raw("1 as found"))) !== undefined;
}
