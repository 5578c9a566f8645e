/** How MySQL or MariaDB is connected to, and how long it may be silent before it counts as away. */
import type { Knex } from "knex";
import type { Connection } from "mysql2";

const connectMs = 2_000;
const statementMs = 3_000;
/** Below `statementMs`, so that the database says itself what was in the way. */
const lockWaitSeconds = 2;
const frozenSeconds = 5;
const silentSeconds = 60;

export function mysqlConfig(url: string, poolSize: number): Knex.Config {
	return {
		client: "mysql2",
		connection: mysqlConnection(url),
		pool: {
			min: 0,
			max: poolSize,
			afterCreate: prepare,
		},
	};
}

function mysqlConnection(address: string): Knex.MySql2ConnectionConfig {
	const url = new URL(address);
	const database = decodeURIComponent(url.pathname.slice(1));
	if (url.protocol !== "mysql:" || database === "") {
		throw new Error(
			"The database's address must read mysql://user:password@host:port/database",
		);
	}
	for (const [name, value] of url.searchParams) {
		if (name !== "tls" || (value !== "on" && value !== "off")) {
			throw new Error(
				`The database's address has "?${name}=": only ?tls=on or ?tls=off is known`,
			);
		}
	}
	return {
		host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
		port: Number(url.port || "3306"),
		user: decodeURIComponent(url.username),
		password: decodeURIComponent(url.password),
		database,
		charset: "utf8mb4",
		connectTimeout: connectMs,
		multipleStatements: false,
		...(url.searchParams.get("tls") === "on" && {
			ssl: { rejectUnauthorized: true },
		}),
	};
}

/** Why READ COMMITTED: docs/decisions/0003-databases.md. */
const sessionSettings = [
	// A node that is frozen in a transaction holds its locks no longer than this: MariaDB, and others. The pool ends idle connections sooner.
	`SET SESSION /*M!100300 idle_transaction_timeout = ${frozenSeconds}, */ wait_timeout = ${silentSeconds}`,
	"SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
	`SET SESSION innodb_lock_wait_timeout = ${lockWaitSeconds}, sql_mode = 'STRICT_ALL_TABLES,ONLY_FULL_GROUP_BY,NO_ENGINE_SUBSTITUTION'`,
];

type Done = (error: unknown, connection?: unknown) => void;

function prepare(connection: Connection, done: Done): void {
	const applied = sessionSettings.map((setting) =>
		connection.promise().query({ sql: setting, timeout: statementMs }),
	);
	guardQueries(connection);
	Promise.all(applied).then(() => done(undefined, connection), done);
}

type Answer = (error: unknown, rows: unknown, fields: unknown) => void;
type Query = (
	statement: { readonly sql: string; readonly timeout?: number },
	values: unknown,
	answer?: Answer,
) => unknown;

/** Changes of the schema take as long as they take. */
const unhurried = /^\s*(alter|create|drop|rename)\b/i;

/**
 * A statement that a hung server or a dead network path leaves without answer fails, and its connection is not used again.
 * What is wrong with a statement is told without the statement: it holds what people wrote, and errors are logged.
 */
function guardQueries(connection: Connection): void {
	const { query } = connection as unknown as { readonly query: Query };
	const guarded: Query = (statement, values, answer) => {
		const timely = unhurried.test(statement.sql)
			? statement
			: { ...statement, timeout: statementMs };
		if (answer === undefined) {
			return query.call(connection, statement, values, answer);
		}
		return query.call(connection, timely, values, (error, rows, fields) => {
			if (isSilence(error)) connection.destroy();
			if (error instanceof Error) {
				Reflect.deleteProperty(error, "sql");
				Reflect.deleteProperty(error, "sqlMessage");
			}
			answer(error, rows, fields);
		});
	};
	Object.assign(connection, { query: guarded });
}

function isSilence(error: unknown): boolean {
	return (
		error instanceof Error &&
		"code" in error &&
		error.code === "PROTOCOL_SEQUENCE_TIMEOUT"
	);
}
