/** Brings the schema forward or back; several nodes may start at once, one of them does it and the others wait. */
import { setTimeout as pause } from "node:timers/promises";
import type { Knex } from "knex";
import { archiveMigrations } from "../../migrations/archive/index.ts";
import { type Migration, migrations } from "../../migrations/index.ts";

const waitMs = 60_000;
/** How the name of a migration ends beside which releases may run that do not know it: it only adds what they need not know of. */
const expanding = "_expands";

/** Another release has changed the schema so that this one must not use it. */
export class SchemaTooNew extends Error {
	override readonly name = "SchemaTooNew";

	constructor(migrations: readonly string[]) {
		super(
			`The database's schema is that of a newer version: this one does not know ${migrations.join(", ")}, and may not run beside it. Start the newer version; to go back to this one, restore the backup of before (docs/upgrade.md).`,
		);
	}
}

/** A schema of its own in a database that it may share with another. */
export interface Schema {
	/** Applies what is missing; returns the names of what this call applied. Throws `SchemaTooNew`, before anything is applied. */
	forward(knex: Knex): Promise<readonly string[]>;
	/** What `forward` would apply, and whether anything has been applied at all; changes nothing. */
	missing(
		knex: Knex,
	): Promise<{ readonly names: readonly string[]; readonly isNew: boolean }>;
	/** What a newer release has added, beside which this one may run. Throws `SchemaTooNew` where it may not. */
	newer(knex: Knex): Promise<readonly string[]>;
	/** Undoes every migration, and with them all data. */
	back(knex: Knex): Promise<void>;
	/** Is somebody changing it, or was he killed while he did? */
	isLocked(knex: Knex): Promise<boolean>;
	/** For an operator (`unlock.ts` is the careful way), after a migration was killed in the middle on MySQL: lets the next start try again. */
	unlock(knex: Knex): Promise<void>;
}

/** `table` holds the names of what has been applied. */
function schemaOf(migrations: readonly Migration[], table: string): Schema {
	const source: Knex.MigrationSource<Migration> = {
		getMigrations: async () => [...migrations],
		getMigrationName: (migration) => migration.name,
		getMigration: async (migration) => migration,
	};
	const config: Knex.MigratorConfig = {
		migrationSource: source,
		tableName: table,
	};

	/** Only reads, so that a node also starts while the database is read-only. */
	async function applied(knex: Knex): Promise<readonly string[]> {
		return (await knex.schema.hasTable(table)) ? knex(table).pluck("name") : [];
	}

	function newerOf(done: readonly string[]): readonly string[] {
		const newer = done.filter(
			(each) => !migrations.some(({ name }) => name === each),
		);
		const breaking = newer.filter((name) => !name.endsWith(expanding));
		if (breaking.length > 0) throw new SchemaTooNew(breaking);
		return newer;
	}

	return {
		async missing(knex) {
			const done = await applied(knex);
			const left = migrations.filter(({ name }) => !done.includes(name));
			return { names: left.map(({ name }) => name), isNew: done.length === 0 };
		},
		newer: async (knex) => newerOf(await applied(knex)),
		async forward(knex) {
			const done = await applied(knex);
			const newer = newerOf(done);
			const missing = migrations.filter(({ name }) => !done.includes(name));
			if (missing.length === 0) return [];
			// Two releases of which each has what the other has not: no order is right.
			if (newer.length > 0) throw new SchemaTooNew(newer);
			return alone(knex, `${table}_lock`, async () => {
				const [, applied] = await knex.migrate.latest(config);
				return applied;
			});
		},
		async back(knex) {
			await alone(knex, `${table}_lock`, () =>
				knex.migrate.rollback(config, true),
			);
		},
		async isLocked(knex) {
			const lockTable = `${table}_lock`;
			if (!(await knex.schema.hasTable(lockTable))) return false;
			return (
				(await knex(lockTable).where({ is_locked: 1 }).first()) !== undefined
			);
		},
		unlock: (knex) => knex.migrate.forceFreeMigrationsLock(config),
	};
}

/** knex's own name of the table. */
export const chatSchema = schemaOf(migrations, "knex_migrations");
export const archiveSchema = schemaOf(archiveMigrations, "archive_migrations");

async function alone<T>(
	knex: Knex,
	lockTable: string,
	work: () => Promise<T>,
): Promise<T> {
	const giveUpAt = performance.now() + waitMs;
	for (;;) {
		try {
			await prepareLock(knex, lockTable);
			return await work();
		} catch (error) {
			if (!isOvertaken(error)) throw error;
			if (performance.now() > giveUpAt) {
				throw new Error(
					`Another node has been changing the database's schema for ${waitMs / 1000} s. If none is running, it was killed in the middle: stop all nodes, have "persistent-chat database unlock" say so, then start again.`,
					{ cause: error },
				);
			}
			await pause(20 + Math.random() * 200);
		}
	}
}

/** Exactly one row, whoever comes first: knex itself would write one per node that starts on an empty database, and then never get its lock. */
async function prepareLock(knex: Knex, lockTable: string): Promise<void> {
	if (!(await knex.schema.hasTable(lockTable))) {
		await knex.schema.createTable(lockTable, (table) => {
			table.increments("index").primary();
			table.integer("is_locked");
		});
	}
	await knex(lockTable)
		.insert({ index: 1, is_locked: 0 })
		.onConflict("index")
		.ignore();
}

/** Did another node come first, so that waiting and looking again is right? */
function isOvertaken(error: unknown): boolean {
	if (!(error instanceof Error)) return false;
	const code = "code" in error ? error.code : undefined;
	return (
		error.name === "MigrationLocked" ||
		/already exists/i.test(error.message) ||
		(typeof code === "string" &&
			/^(SQLITE_BUSY|SQLITE_LOCKED|ER_TABLE_EXISTS_ERROR|ER_LOCK_DEADLOCK|ER_LOCK_WAIT_TIMEOUT|ER_TABLE_DEF_CHANGED)/.test(
				code,
			))
	);
}
