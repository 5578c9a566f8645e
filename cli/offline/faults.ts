/** What goes wrong without the service: whose fault is it? */

const calls = new Set([
	...["open", "close", "read", "write", "fsync", "rename", "unlink"],
	...[
		"mkdir",
		"scandir",
		"stat",
		"lstat",
		"rm",
		"copyfile",
		"access",
		"link",
		"chmod",
	],
]);

/** Is it about files, and not about a database, or a fault of ours? */
export function isOfFiles(error: unknown): error is Error {
	return (
		error instanceof Error &&
		"syscall" in error &&
		calls.has(String(error.syscall))
	);
}

/** A fault of the driver, or knex's own of waiting too long; else it would be ours. */
export function isOfDatabase(error: unknown): error is Error {
	return (
		error instanceof Error &&
		("code" in error || error.name === "KnexTimeoutError")
	);
}
