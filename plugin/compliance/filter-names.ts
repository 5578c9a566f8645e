/** What an adapter's filter names and nobody is called: mistyped, perhaps, and then the adapter gets nothing, silently. */
import type { Logger } from "pino";
import type { AdapterSetting, Filter } from "./options.ts";

/** Is there one of this name, or with this GUID? */
export interface KnownNames {
	category(name: string): Promise<boolean>;
	room(name: string): Promise<boolean>;
}

export interface Unmatched {
	readonly categories: readonly string[];
	readonly rooms: readonly string[];
}

/** One that is to be made yet, or has gone, is among them too. */
export async function unmatched(
	only: Filter | undefined,
	known: KnownNames,
): Promise<Unmatched> {
	const missing = async (
		names: readonly string[] = [],
		isKnown: (name: string) => Promise<boolean>,
	) => {
		const strangers: string[] = [];
		for (const name of names) {
			if (!(await isKnown(name))) strangers.push(name);
		}
		return strangers;
	};
	return {
		categories: await missing(only?.categories, known.category),
		rooms: await missing(only?.rooms, known.room),
	};
}

/** Never rejects. Names of rooms are in no log: how many there are, and where they are told. */
export async function warnOfUnmatched(
	adapters: readonly Pick<AdapterSetting, "name" | "only">[],
	known: KnownNames,
	log: Pick<Logger, "warn">,
): Promise<void> {
	try {
		for (const { name, only } of adapters) {
			const { categories, rooms } = await unmatched(only, known);
			if (categories.length + rooms.length === 0) continue;
			log.warn(
				{ adapter: name, categories: categories.length, rooms: rooms.length },
				'this adapter\'s "only" names what there is none of; "compliance status" says which',
			);
		}
	} catch (error) {
		log.warn({ err: error }, "the names in adapters' filters are not checked");
	}
}
