/** Makes the connection pool that the store works on, from a small description: the same for SQLite and MySQL/MariaDB. */
import knex, { type Knex } from "knex";
import { connectToTheFirstThatCan, mysqlConfig } from "./mysql.ts";
import { serversOf } from "./mysql-hosts.ts";
import type { ReplicaDatabase } from "./replica.ts";
import { sqliteConfig } from "./sqlite.ts";

export type DatabaseDescription =
	| {
			readonly client: "sqlite";
			/** Made when missing, with its directory. */
			readonly file: string;
			/** It must be there, and nothing of it is changed. */
			readonly readOnly?: true;
	  }
	| {
			readonly client: "mysql";
			/**
			 * `mysql://user:password@host:port/database`; `?tls=on` encrypts and checks the server's certificate. Several hosts,
			 * `host:port,host:port`: each new connection leads to the first that can be written to.
			 */
			readonly url: string;
			/** Connections at most; default 10. */
			readonly poolSize?: number;
	  };

export interface DatabaseLog {
	debug(fields: object, message: string): void;
	warn(fields: object, message: string): void;
}

/** How long something waits for its turn on a connection; with what `mysql.ts` waits, a post is refused within about 5 s. */
const acquireMs = 4_000;

/** Opens no connection yet. Whoever made it calls `destroy()` on it. */
export function makeDatabase(
	description: DatabaseDescription,
	log?: DatabaseLog,
): Knex {
	const database = knex({
		...(description.client === "sqlite"
			? sqliteConfig(description.file, description.readOnly)
			: mysqlConfig(description.url, description.poolSize ?? 10)),
		acquireConnectionTimeout: acquireMs,
		// Errors show statements with ? for the values: what people write is in no log.
		compileSqlOnError: false,
		log: knexLog(log),
	});
	if (description.client === "mysql") {
		connectToTheFirstThatCan(database, description.url);
	}
	return database;
}

/** One for each host that the address names: they answer by turns. */
export function makeReplicas(
	{ url, poolSize }: { readonly url: string; readonly poolSize?: number },
	log?: DatabaseLog,
): readonly ReplicaDatabase[] {
	return serversOf(url).map((one) => ({
		name: new URL(one).host,
		database: makeDatabase(
			{ client: "mysql", url: one, ...(poolSize && { poolSize }) },
			log,
		),
	}));
}

export function isSqlite(knex: Knex): boolean {
	return knex.client.driverName === "better-sqlite3";
}

function knexLog(log: DatabaseLog | undefined): Knex.Logger {
	const note = (message: unknown): void =>
		log?.debug({ message }, "knex says something");
	const warn = (message: unknown): void =>
		log?.warn({ message }, "knex warns of something");
	return { debug: note, deprecate: note, warn, error: warn };
}
