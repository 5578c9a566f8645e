/** The door to the store: its interface, and how to get one. */

export type { Knex } from "knex";
export { readEvidence } from "./archive/evidence.ts";
export { openArchive } from "./archive/open.ts";
export {
	type DatabaseDescription,
	type DatabaseLog,
	makeDatabase,
	makeReplicas,
} from "./database.ts";
export { archiveSchema, chatSchema, SchemaTooNew } from "./migrate.ts";
export { openStore, type StoreLog, type StoreOptions } from "./open.ts";
export type { ReplicaDatabase, ReplicaState } from "./replica.ts";
export { openReplicas, type Replicas } from "./replicas.ts";
export type * from "./store.ts";
export { messagesToExport, readExport, transferKey } from "./transfer/index.ts";
export { type Unlocking, unlockMigrations } from "./unlock.ts";
