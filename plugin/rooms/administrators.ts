/** What administrators alone may do: asked before the work, and again when it is written. */
import type { Transaction } from "../store/index.ts";
import { mayAdminister } from "./access.ts";
import { withHolder, writeUnless } from "./rights.ts";
import type { Actor } from "./types.ts";
import type { RoomsWork } from "./work.ts";

/** Throws `forbidden`. */
export async function demandAdministrator(
	{ rights }: Pick<RoomsWork, "rights">,
	actor: Actor,
): Promise<void> {
	mayAdminister(await rights.of(actor));
}

export interface Administrators {
	/** Is he one? */
	administers(actor: Actor): Promise<boolean>;
	/** Throws `forbidden`. */
	demandAdministrator(actor: Actor): Promise<void>;
}

export function createAdministrators(work: RoomsWork): Administrators {
	return {
		administers: async (actor) => (await work.rights.of(actor)).administrator,
		demandAdministrator: (actor) => demandAdministrator(work, actor),
	};
}

/** In a transaction. Throws `forbidden`, also when he has ceased to be one before all is written. */
export function writeAsAdministrator<T extends object>(
	{ rights, store }: RoomsWork,
	actor: Actor,
	write: (tx: Transaction) => Promise<T>,
): Promise<T> {
	return withHolder(rights, actor, async (holder, stale) => {
		mayAdminister(holder);
		return writeUnless(stale, store, write);
	});
}
