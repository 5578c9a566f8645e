/** Brings the schema forward or back; several nodes may start at once, one of them does it and the others wait. */
import { setTimeout as pause } from "node:timers/promises";
import type { Knex } from "knex";
import { type Migration, migrations } from "../../migrations/index.ts";

const waitMs = 60_000;
/** knex's own names. */
const table = "knex_migrations";
const lockTable = "knex_migrations_lock";

const source: Knex.MigrationSource<Migration> = {
	getMigrations: async () => [...migrations],
	getMigrationName: (migration) => migration.name,
	getMigration: async (migration) => migration,
};

const config: Knex.MigratorConfig = { migrationSource: source };

/** Applies what is missing; returns the names of what this call applied. */
export async function migrateForward(knex: Knex): Promise<readonly string[]> {
	if (await isCurrent(knex)) return [];
	return alone(knex, async () => {
		const [, applied] = await knex.migrate.latest(config);
		return applied;
	});
}

/** Undoes every migration, and with them all data. */
export async function migrateBack(knex: Knex): Promise<void> {
	await alone(knex, () => knex.migrate.rollback(config, true));
}

/** For an operator, after a migration was killed in the middle on MySQL: lets the next start try again. */
export async function unlockMigrations(knex: Knex): Promise<void> {
	await knex.migrate.forceFreeMigrationsLock(config);
}

/** Only reads, so that a node also starts while the database is read-only. */
async function isCurrent(knex: Knex): Promise<boolean> {
	if (!(await knex.schema.hasTable(table))) return false;
	const done: readonly string[] = await knex(table).pluck("name");
	return migrations.every(({ name }) => done.includes(name));
}

async function alone<T>(knex: Knex, work: () => Promise<T>): Promise<T> {
	const giveUpAt = performance.now() + waitMs;
	for (;;) {
		try {
			await prepareLock(knex);
			return await work();
		} catch (error) {
			if (!isOvertaken(error)) throw error;
			if (performance.now() > giveUpAt) {
				throw new Error(
					`Another node has been changing the database's schema for ${waitMs / 1000} s. If none is running, it was killed in the middle: unlock the migrations, then start again.`,
					{ cause: error },
				);
			}
			await pause(20 + Math.random() * 200);
		}
	}
}

/** Exactly one row, whoever comes first: knex itself would write one per node that starts on an empty database, and then never get its lock. */
async function prepareLock(knex: Knex): Promise<void> {
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
