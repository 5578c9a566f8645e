/** Lets migrations that were killed in the middle be begun once more, when nobody can be at them. */
import type { Knex } from "knex";
import { isSqlite } from "./database.ts";
import type { Schema } from "./migrate.ts";

/** `connections`: so many others are open to this database, and one of them may be changing its schema; nothing was done. */
export type Unlocking =
	| "unlocked"
	/** It was only asked. */
	| "locked"
	| "not locked"
	| { readonly connections: number };

/**
 * On MySQL, where statements of a migration commit by themselves; whoever changes a schema has a connection all the while. Seen are
 * connections by the same user (by all, with the privilege PROCESS) and to the same server: the operator stops all nodes first.
 * `knex` must have one connection at most.
 */
export async function unlockMigrations(
	knex: Knex,
	schema: Schema,
	{ dryRun = false }: { readonly dryRun?: boolean } = {},
): Promise<Unlocking> {
	if (!(await schema.isLocked(knex))) return "not locked";
	const connections = isSqlite(knex) ? 0 : await otherConnections(knex);
	if (connections > 0) return { connections };
	if (dryRun) return "locked";
	await schema.unlock(knex);
	return "unlocked";
}

async function otherConnections(knex: Knex): Promise<number> {
	const [counted] = await knex("information_schema.processlist")
		.whereRaw("db = database()")
		.whereRaw("id <> connection_id()")
		.count({ connections: "*" });
	return Number(counted?.connections ?? 0);
}
