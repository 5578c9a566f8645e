/** Many rows at once, within the number of values that one statement may carry. */
import type { Knex } from "knex";

/** SQLite takes 500 rows in one INSERT, and 32,766 values in one statement. */
const chunkRows = 400;

/** Calls `work` with as many at a time as fit, one call after the other; not at all for none. */
export async function inChunks<T>(
	all: readonly T[],
	work: (some: readonly T[]) => Promise<void>,
): Promise<void> {
	for (let start = 0; start < all.length; start += chunkRows) {
		await work(all.slice(start, start + chunkRows));
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
