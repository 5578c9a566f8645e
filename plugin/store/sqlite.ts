/** How a SQLite file is opened: one connection, every commit on the disk before it is acknowledged. */
import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import type { Knex } from "knex";

/** What we use of better-sqlite3's connection. */
interface Connection {
	readonly inTransaction: boolean;
	pragma(setting: string): unknown;
}

/** SQLite waits on the event loop's thread: keep it short, the transaction is repeated anyway. */
const busyMs = 25;

export function sqliteConfig(file: string, readOnly = false): Knex.Config {
	if (file !== ":memory:" && !readOnly) makeFile(file);
	return {
		client: "better-sqlite3",
		connection: { filename: file, options: { readonly: readOnly } },
		useNullAsDefault: true,
		pool: {
			min: 1,
			max: 1,
			afterCreate: readOnly ? prepareToRead : prepare,
			// A COMMIT that failed leaves its transaction open: such a connection is closed, not used again.
			validate: (connection: Connection) => !connection.inTransaction,
		},
	};
}

/** What people wrote is their owner's alone; SQLite gives the files beside it the same mode. */
function makeFile(file: string): void {
	mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
	if (!existsSync(file)) closeSync(openSync(file, "a", 0o600));
}

type Done = (error: unknown, connection?: unknown) => void;

function prepare(connection: Connection, done: Done): void {
	try {
		connection.pragma(`busy_timeout = ${busyMs}`);
		connection.pragma("journal_mode = WAL");
		connection.pragma("synchronous = FULL");
		done(undefined, connection);
	} catch (error) {
		done(error);
	}
}

/** The file keeps the journal that it has. */
function prepareToRead(connection: Connection, done: Done): void {
	try {
		connection.pragma(`busy_timeout = ${busyMs}`);
		done(undefined, connection);
	} catch (error) {
		done(error);
	}
}
