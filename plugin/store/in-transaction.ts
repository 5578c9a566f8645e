/** All or nothing: runs work on a database in a transaction, again when another one was in the way. */
import type { Knex } from "knex";
import { attempt } from "./attempts.ts";
import { isSqlite } from "./database.ts";
import type { Fault } from "./faults.ts";

export interface InTransaction {
	/** Any table that is there. */
	readonly table: string;
	readonly onRepeat?: (fault: Fault, attempt: number) => void;
}

export function inTransaction<T>(
	knex: Knex,
	{ table, onRepeat = () => {} }: InTransaction,
	work: (tx: Knex) => Promise<T>,
): Promise<T> {
	let committing = false;
	return attempt(
		() => {
			committing = false;
			return once(knex, async (tx) => {
				if (isSqlite(tx)) await becomeTheWriter(tx, table);
				const result = await work(tx);
				committing = true;
				return result;
			});
		},
		{ outcome: () => (committing ? "doubtful" : "undone"), onRepeat },
	);
}

/** Rejects with what went wrong first: after that the rollback may fail too, and says less. */
async function once<T>(knex: Knex, work: (tx: Knex) => Promise<T>): Promise<T> {
	let first: { readonly error: unknown } | undefined;
	try {
		return await knex.transaction(async (tx) => {
			// knex goes on also when BEGIN has failed, and rejects with that failure.
			if (tx.isCompleted()) throw new Error("The transaction did not begin");
			try {
				return await work(tx);
			} catch (error) {
				first = { error };
				throw error;
			}
		});
	} catch (error) {
		throw first === undefined ? error : first.error;
	}
}

/** SQLite has one writer at a time: to become it before the first read is to find no surprise at the first write. */
async function becomeTheWriter(tx: Knex, table: string): Promise<void> {
	await tx(table).whereRaw("false").delete();
}
