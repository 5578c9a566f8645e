/** Compliance as this node is told to have it: kept here, kept by another node, or by nobody. */
import type { Logger } from "pino";
import { builtInAdapters } from "../adapters/index.ts";
import { connectRedis } from "./cluster/redis.ts";
import type { FileSource } from "./compliance/files.ts";
import {
	type Compliance,
	createCompliance,
	watchOnly,
} from "./compliance/index.ts";
import { ContentMissing, type FileBytes } from "./files/index.ts";
import type {
	checkCompliance,
	PersistentChatOptions,
	Service,
} from "./options.ts";
import { type Knex, openArchive, type Store } from "./store/index.ts";

/** Throws `AdapterRefused`. */
export function beginCompliance(
	setting: ReturnType<typeof checkCompliance>,
	{
		database,
		store,
		files,
		service,
		now,
		log,
	}: {
		readonly database: Knex;
		readonly store: Store;
		readonly files: FileBytes;
		readonly service: Service;
		readonly now: () => Date;
		readonly log: Logger;
	},
): Promise<Compliance> {
	return typeof setting === "string"
		? watchOnly(setting, {
				owed: store.outbox,
				posted: store.posted,
				now,
				log,
			})
		: createCompliance({
				setting,
				builtIn: builtInAdapters,
				openArchive: () => openArchive(database, { log, of: store.id }),
				owed: store.outbox,
				posted: store.posted,
				id: store.id,
				domain: service.domain,
				node: service.node,
				connectRedis,
				source: sourceOf(files),
				now,
				log,
			});
}

function sourceOf(files: FileBytes): FileSource {
	return {
		async open(file) {
			try {
				return await files.open(file);
			} catch (error) {
				if (error instanceof ContentMissing) return undefined;
				throw error;
			}
		},
	};
}

/** The database that the archive was given for itself. */
export function archiveOf(wish: PersistentChatOptions["compliance"]) {
	return typeof wish === "object" && "database" in wish
		? wish.database
		: undefined;
}
