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

/** Rows read in one turn. */
const pageRows = 2_000;

/** All rows of a query, in the order of the keys, which name each: in pages, because nobody else has his turn while one is read. */
export async function readAll<Row extends object>(
	query: () => Knex.QueryBuilder,
	keys: readonly (keyof Row & string)[],
	use: (row: Row) => void,
): Promise<void> {
	for (let last: Row | undefined; ; ) {
		const page = query()
			.orderBy([...keys])
			.limit(pageRows);
		if (last !== undefined) rowsAfter(page, keys, last);
		const rows: readonly Row[] = await page;
		for (const row of rows) use(row);
		last = rows.at(-1);
		if (rows.length < pageRows) return;
		await giveTurn();
	}
}

/** Only what comes behind this row, in the order of the keys: `a > ? or (a = ? and (b > ? …))`: what every database finds by an index. */
export function rowsAfter<Row extends object>(
	query: Knex.QueryBuilder,
	[key, ...others]: readonly (keyof Row & string)[],
	last: Row,
): void {
	if (key === undefined) return;
	const value = last[key] as string;
	query.where((either) => {
		either.where(key, ">", value);
		if (others.length === 0) return;
		either.orWhere((same) => {
			same.where(key, value);
			rowsAfter(same, others, last);
		});
	});
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
	const there = new Set<string>();
	await readAll<{ readonly principal: string }>(
		() => tx(table).select("principal").where(key),
		["principal"],
		({ principal }) => there.add(principal),
	);
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

/** Removes the rows that are meant by `key`, page by page by a column of theirs: nobody else has his turn while one goes. */
export async function deleteAll(
	tx: Knex,
	table: string,
	key: Readonly<Record<string, string>>,
	column: string,
): Promise<void> {
	for (;;) {
		const some: readonly string[] = await tx(table)
			.where(key)
			.distinct(column)
			.limit(chunkRows)
			.pluck(column);
		await tx(table).where(key).whereIn(column, some).delete();
		if (some.length < chunkRows) return;
		await giveTurn();
	}
}
