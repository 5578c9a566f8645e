/** Compliance as this node is told to have it: kept here, kept by another node, or by nobody. */
import type { Logger } from "pino";
import { builtInAdapters } from "../../adapters/index.ts";
import { connectRedisKeys } from "../cluster/redis.ts";
import type { FileSource } from "../compliance/files.ts";
import type { KnownNames } from "../compliance/filter-names.ts";
import {
	type Compliance,
	createCompliance,
	watchOnly,
} from "../compliance/index.ts";
import { ContentMissing, type FileBytes } from "../files/index.ts";
import type {
	checkCompliance,
	PersistentChatOptions,
	Service,
} from "../options.ts";
import type { CategoryId, RoomId } from "../rooms/types.ts";
import { type Knex, openArchive, type Store } from "../store/index.ts";

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
				known: knownIn(store),
				id: store.id,
				domain: service.domain,
				node: service.node,
				connectRedis: connectRedisKeys,
				source: sourceOf(files),
				now,
				log,
			});
}

/** Whatever is there, disabled and secret ones too: it is the operator who named them. */
function knownIn({ categories, rooms }: Store): KnownNames {
	const holder = { principals: [], administrator: true };
	const isRoom = async (named: string, disabled: boolean) =>
		(
			await rooms.search(
				{ ...{ named, disabled }, words: [], descriptions: false, limit: 1 },
				holder,
			)
		).length > 0;
	return {
		category: async (name) =>
			(await categories.named(name)) !== undefined ||
			(await categories.find(name as CategoryId)) !== undefined,
		room: async (name) =>
			(await isRoom(name, false)) ||
			(await isRoom(name, true)) ||
			(await rooms.find(name as RoomId)) !== undefined,
	};
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
