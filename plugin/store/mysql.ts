/** How MySQL or MariaDB is connected to, and how long it may be silent before it counts as away. */
import type { Knex } from "knex";
import type { Connection, ConnectionOptions } from "mysql2";
import { serversOf } from "./mysql-hosts.ts";
import { choosing } from "./mysql-servers.ts";

const connectMs = 2_000;
const statementMs = 3_000;
/** Below `statementMs`, so that the database says itself what was in the way. */
const lockWaitSeconds = 2;
const frozenSeconds = 5;
const silentSeconds = 60;
/** A bit for what reads; a transaction waits where it begins. */
const causalReads = 1;

export function mysqlConfig(url: string, poolSize: number): Knex.Config {
	const [first, ...others] = serversOf(url).map(mysqlConnection);
	if (first === undefined) throw new Error("The address names no server");
	const several = others.length > 0;
	return {
		client: "mysql2",
		connection: first as Knex.StaticConnectionConfig,
		pool: {
			min: 0,
			max: poolSize,
			afterCreate: (connection: Connection, done: Done) =>
				prepare(connection, several).then(
					() => done(undefined, connection),
					done,
				),
		},
	};
}

/** What the pool calls for each connection. COMPAT(knex): settings that it asks for itself end every connection when they are others. */
interface Connecting {
	connectionSettings: unknown;
	acquireRawConnection(): Promise<unknown>;
}

/** Where the address names several hosts, each new connection leads to the first that can be written to. */
export function connectToTheFirstThatCan({ client }: Knex, url: string): void {
	const [first, ...others] = serversOf(url).map(mysqlConnection);
	if (first === undefined || others.length === 0) return;
	const choose = choosing([first, ...others]);
	const connecting = client as Connecting;
	const connect = connecting.acquireRawConnection.bind(client);
	connecting.acquireRawConnection = async () => {
		connecting.connectionSettings = await choose();
		return connect();
	};
}

function mysqlConnection(address: string): ConnectionOptions {
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

async function prepare(
	connection: Connection,
	several: boolean,
): Promise<void> {
	const applied = sessionSettings.map((sql) => ask(connection, sql));
	if (several) applied.push(readWhatOthersCommitted(connection));
	guardQueries(connection);
	await Promise.all(applied);
}

async function ask(connection: Connection, sql: string): Promise<unknown> {
	const [rows] = await connection
		.promise()
		.query({ sql, timeout: statementMs });
	return rows;
}

/** Of a Galera cluster another server may have been written to before: every statement waits until this one has that. */
async function readWhatOthersCommitted(connection: Connection): Promise<void> {
	const on = await ask(
		connection,
		"SHOW GLOBAL VARIABLES WHERE Variable_name = 'wsrep_on' AND Value = 'ON'",
	);
	if (!Array.isArray(on) || on.length === 0) return;
	await ask(connection, `SET SESSION wsrep_sync_wait = ${causalReads}`);
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
			if (isToBeLeft(error)) connection.destroy();
			if (error instanceof Error) {
				Reflect.deleteProperty(error, "sql");
				Reflect.deleteProperty(error, "sqlMessage");
			}
			answer(error, rows, fields);
		});
	};
	Object.assign(connection, { query: guarded });
}

/** Of a server that is hung, or that takes nothing though it answers: another connection may lead to a better one. */
const left: ReadonlySet<unknown> = new Set([
	"PROTOCOL_SEQUENCE_TIMEOUT",
	"ER_UNKNOWN_COM_ERROR",
	"ER_OPTION_PREVENTS_STATEMENT",
	"ER_READ_ONLY_MODE",
]);

function isToBeLeft(error: unknown): boolean {
	return error instanceof Error && "code" in error && left.has(error.code);
}
