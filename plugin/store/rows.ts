/** Many rows at once, within the number of values that one statement may carry. */
import type { Knex } from "knex";
import { giveTurn } from "../turns.ts";

/** SQLite takes 500 rows in one INSERT, and 32,766 values in one statement. */
const chunkRows = 400;

/** Calls `work` with as many at a time as fit, one call after the other; not at all for none. */
export async function inChunks<T>(
	all: readonly T[],
	work: (some: readonly T[]) => Promise<void>,
): Promise<void> {
	for (let start = 0; start < all.length; start += chunkRows) {
		await work(all.slice(start, start + chunkRows));
		await giveTurn();
	}
}

export async function insertAll(
	tx: Knex,
	table: string,
	rows: readonly object[],
): Promise<void> {
	await inChunks(rows, async (some) => {
		await tx(table).insert(some);
	});
}

/** The principals listed in the rows that are meant by `key` become these: only what is other is written. */
export async function replaceAll(
	tx: Knex,
	table: string,
	key: Readonly<Record<string, string>>,
	principals: readonly string[],
): Promise<void> {
	const wanted = new Set(principals);
	const there = new Set<string>(await tx(table).where(key).pluck("principal"));
	await inChunks(
		[...there].filter((each) => !wanted.has(each)),
		async (some) => {
			await tx(table).where(key).whereIn("principal", some).delete();
		},
	);
	const added = [...wanted].filter((each) => !there.has(each));
	await insertAll(
		tx,
		table,
		added.map((principal) => ({ ...key, principal })),
	);
}
