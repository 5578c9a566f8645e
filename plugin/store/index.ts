/** The door to the store: its interface, and how to get one. */

export type { Knex } from "knex";
export {
	type DatabaseDescription,
	type DatabaseLog,
	makeDatabase,
} from "./database.ts";
export { migrateBack, migrateForward, unlockMigrations } from "./migrate.ts";
export { openStore, type StoreLog, type StoreOptions } from "./open.ts";
export type * from "./store.ts";
