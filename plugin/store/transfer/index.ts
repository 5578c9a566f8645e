/** Records carried from one database to another: read for an export, compared with what is there, and put in. */
import type { Knex } from "knex";
import { isSqlite } from "../database.ts";
import { addToIndex } from "../message-index.ts";
import { inChunks, insertAll, rowsAfter } from "../rows.ts";
import type {
	ExportReader,
	RightsWriter,
	TransferKind,
	TransferReader,
	TransferRecords,
	TransferWriter,
} from "../store.ts";
import { addLists, withLists } from "./lists.ts";
import { type TransferTable, tables, transferKey } from "./tables.ts";

export { transferKey } from "./tables.ts";

type Row = Readonly<Record<string, unknown>>;

const pageRows = 500;

function tableOf<Kind extends TransferKind>(kind: Kind) {
	return tables[kind] as TransferTable<TransferRecords[Kind]>;
}

/** Reads as of one moment, for as long as `work` takes. */
export function readExport<T>(
	knex: Knex,
	work: (reader: ExportReader) => Promise<T>,
): Promise<T> {
	const options = isSqlite(knex)
		? {}
		: ({ isolationLevel: "repeatable read" } as const);
	return knex.transaction(
		(tx) => work({ all: (kind) => all(tx, kind) }),
		options,
	);
}

async function* all<Kind extends TransferKind>(
	db: Knex,
	kind: Kind,
): AsyncIterable<TransferRecords[Kind]> {
	const { table, keys, record } = tableOf(kind);
	for (let last: Row | undefined; ; ) {
		const page = db(table)
			.orderBy([...keys])
			.limit(pageRows);
		if (last !== undefined) rowsAfter(page, keys, last);
		const rows: readonly Row[] = await page;
		yield* await withLists(db, kind, rows.map(record));
		last = rows.at(-1);
		if (rows.length < pageRows) return;
	}
}

/** Messages of a room behind one of them, up to another, posted then or later, in their order. */
export async function messagesToExport(
	knex: Knex,
	room: string,
	range: {
		readonly after: number;
		readonly through: number;
		readonly since: Date | undefined;
		readonly limit: number;
	},
): Promise<readonly TransferRecords["messages"][]> {
	const query = knex("messages")
		.where({ room_id: room })
		.where("sequence", ">", range.after)
		.where("sequence", "<=", range.through)
		.orderBy("sequence")
		.limit(range.limit);
	if (range.since !== undefined) {
		query.where("posted_at", ">=", range.since.getTime());
	}
	const rows: readonly Row[] = await query;
	return rows.map(tables.messages.record);
}

export function transferReader(db: Knex): TransferReader {
	return {
		async existing(kind, records) {
			const { table, keys, row, record } = tableOf(kind);
			const found: Row[] = [];
			await inChunks(records, async (some) => {
				const places = some.map((each) => {
					const values = row(each);
					return keys.map((key) => values[key] as string);
				});
				const rows: readonly Row[] = await db(table).whereIn(
					[...keys],
					places as never,
				);
				found.push(...rows);
			});
			const whole = await withLists(db, kind, found.map(record));
			return new Map(whole.map((each) => [transferKey(kind, each), each]));
		},
		taken: (kind, records) => taken(db, kind, records),
	};
}

async function taken<Kind extends TransferKind>(
	db: Knex,
	kind: Kind,
	records: readonly TransferRecords[Kind][],
): Promise<readonly string[]> {
	const { table, keys, row, unique = [] } = tableOf(kind);
	const [key = ""] = keys;
	const sentences: string[] = [];
	for (const { column, words } of unique) {
		await inChunks(records, async (some) => {
			const rows = some.map(row);
			const there: readonly Row[] = await db(table)
				.whereIn(
					column,
					rows.flatMap((each) => (each[column] as string | null) ?? []),
				)
				.select(key, column);
			const owners = new Map(there.map((each) => [each[column], each[key]]));
			for (const [index, each] of rows.entries()) {
				const owner = owners.get(each[column]);
				const given = some[index];
				if (owner === undefined || owner === each[key] || !given) continue;
				sentences.push(words(given));
			}
		});
	}
	return sentences;
}

export function transferWriter(tx: Knex, rights: RightsWriter): TransferWriter {
	return {
		...transferReader(tx),
		async add(kind, records) {
			if (records.length === 0) return;
			const { table, row } = tableOf(kind);
			if (kind !== "messages") await rights.change();
			await insertAll(tx, table, records.map(row));
			await addLists(tx, kind, records);
			if (kind === "messages") {
				await indexMessages(
					tx,
					records as readonly TransferRecords["messages"][],
				);
			}
		},
	};
}

async function indexMessages(
	tx: Knex,
	messages: readonly TransferRecords["messages"][],
): Promise<void> {
	await addToIndex(
		tx,
		messages.map(({ room, sequence, author, text }) => ({
			room,
			sequence,
			author: author.uri,
			text,
		})),
	);
	const newest = new Map<string, number>();
	for (const { room, sequence } of messages) {
		newest.set(room, Math.max(sequence, newest.get(room) ?? 0));
	}
	for (const [room, sequence] of newest) {
		const those = () => tx("rooms").where({ id: room });
		await those().increment("revision");
		await those()
			.where("last_sequence", "<", sequence)
			.update({ last_sequence: sequence });
	}
}
