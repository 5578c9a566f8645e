/** How a SQLite file is opened: one connection, every commit on the disk before it is acknowledged. */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { Knex } from "knex";

/** What we use of better-sqlite3's connection. */
interface Connection {
	readonly inTransaction: boolean;
	pragma(setting: string): unknown;
}

/** SQLite waits on the event loop's thread: keep it short, the transaction is repeated anyway. */
const busyMs = 25;

export function sqliteConfig(file: string): Knex.Config {
	if (file !== ":memory:") mkdirSync(dirname(file), { recursive: true });
	return {
		client: "better-sqlite3",
		connection: { filename: file },
		useNullAsDefault: true,
		pool: {
			min: 1,
			max: 1,
			afterCreate: prepare,
			// A COMMIT that failed leaves its transaction open: such a connection is closed, not used again.
			validate: (connection: Connection) => !connection.inTransaction,
		},
	};
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
