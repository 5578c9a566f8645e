/** What a driver's error means: try again, a duplicate, out of reach. The only list of error codes of both databases. */

/**
 * - `collision`: another transaction was in the way and this one was undone; the same work may well succeed now.
 * - `unready`: this server takes nothing just now and has done nothing; another, or it itself soon, may.
 * - `lost`: the connection broke before an answer came.
 * - `away`: the database cannot be had, or can keep nothing now.
 * - `full`: there is no room on its disk; also where that is found at the commit, nothing was kept.
 * - `duplicate`: a unique key is taken. `too-long`: a value does not fit its column. `unfit`: it is of another kind.
 */
export type Fault =
	| "collision"
	| "unready"
	| "lost"
	| "away"
	| "full"
	| "duplicate"
	| "too-long"
	| "unfit";

const codes: ReadonlyMap<string, Fault> = new Map([
	...each("collision", [
		"ER_LOCK_DEADLOCK",
		"ER_LOCK_WAIT_TIMEOUT",
		"ER_CHECKREAD",
		"SQLITE_BUSY",
		"SQLITE_BUSY_SNAPSHOT",
		"SQLITE_BUSY_RECOVERY",
		"SQLITE_BUSY_TIMEOUT",
		"SQLITE_LOCKED",
	]),
	// Galera: "WSREP has not yet prepared node for application use".
	...each("unready", ["ER_UNKNOWN_COM_ERROR"]),
	...each("lost", [
		"PROTOCOL_CONNECTION_LOST",
		"ECONNRESET",
		"EPIPE",
		"ER_SERVER_SHUTDOWN",
		"ER_NORMAL_SHUTDOWN",
		"ER_CONNECTION_KILLED",
		"ER_CLIENT_INTERACTION_TIMEOUT",
	]),
	...each("away", [
		"PROTOCOL_SEQUENCE_TIMEOUT",
		"ECONNREFUSED",
		"EHOSTUNREACH",
		"EHOSTDOWN",
		"ENETUNREACH",
		"ENETDOWN",
		"ETIMEDOUT",
		"ENOTFOUND",
		"EAI_AGAIN",
		"ENOENT",
		"ER_CON_COUNT_ERROR",
		"ER_TOO_MANY_USER_CONNECTIONS",
		"ER_HOST_IS_BLOCKED",
		"ER_ACCESS_DENIED_ERROR",
		"ER_DBACCESS_DENIED_ERROR",
		"ER_BAD_DB_ERROR",
		"ER_DISK_FULL",
		"ER_RECORD_FILE_FULL",
		"ER_ERROR_ON_WRITE",
		"ER_GET_ERRNO",
		"ER_ERROR_DURING_COMMIT",
		"ER_OUT_OF_RESOURCES",
		"ER_OUTOFMEMORY",
		"ER_OPTION_PREVENTS_STATEMENT",
		"ER_READ_ONLY_MODE",
		"ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION",
		"ER_QUERY_INTERRUPTED",
		"ER_QUERY_TIMEOUT",
		"SQLITE_READONLY",
		"SQLITE_CANTOPEN",
		"SQLITE_IOERR",
		"SQLITE_NOMEM",
		"SQLITE_PROTOCOL",
		"SQLITE_CORRUPT",
		"SQLITE_NOTADB",
	]),
	// Of MySQL's own nobody knows what a commit that fails so has left.
	...each("full", ["SQLITE_FULL"]),
	...each("duplicate", [
		"ER_DUP_ENTRY",
		"SQLITE_CONSTRAINT_UNIQUE",
		"SQLITE_CONSTRAINT_PRIMARYKEY",
	]),
	...each("too-long", [
		"ER_DATA_TOO_LONG",
		"ER_NET_PACKET_TOO_LARGE",
		"SQLITE_TOOBIG",
	]),
	...each("unfit", [
		"ER_BAD_NULL_ERROR",
		"ER_WARN_DATA_OUT_OF_RANGE",
		"ER_TRUNCATED_WRONG_VALUE",
		"ER_TRUNCATED_WRONG_VALUE_FOR_FIELD",
		"SQLITE_MISMATCH",
		"SQLITE_CONSTRAINT_NOTNULL",
	]),
]);

/** Those that drivers have no name for. */
const numbers: ReadonlyMap<number, Fault> = new Map([
	// MariaDB: connection killed.
	[1927, "lost"],
	// TiDB: write conflict, transaction too old, schema changed under it.
	[9007, "collision"],
	[8002, "collision"],
	[8022, "collision"],
	[8028, "collision"],
]);

function each(
	fault: Fault,
	names: readonly string[],
): readonly (readonly [string, Fault])[] {
	return names.map((name) => [name, fault]);
}

/** Undefined for what is no fault of the database's: a bug, or a refusal. */
export function faultOf(error: unknown): Fault | undefined {
	if (!(error instanceof Error)) return undefined;
	if (error.name === "KnexTimeoutError") return "away";
	const code = "code" in error ? error.code : undefined;
	const number = "errno" in error ? error.errno : undefined;
	if (/WSREP detected deadlock|Lock deadlock/i.test(error.message)) {
		return "collision";
	}
	if (typeof code === "string") {
		const fault =
			codes.get(code) ?? codes.get(code.split("_").slice(0, 2).join("_"));
		if (fault !== undefined) return fault;
	}
	if (typeof number === "number" && numbers.has(number)) {
		return numbers.get(number);
	}
	// mysql2 marks so what ended the connection, also where it gives no code.
	return "fatal" in error && error.fatal === true ? "lost" : undefined;
}
