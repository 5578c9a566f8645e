/**
 * A change of rights, from its writing to those whom it concerns. Whatever the database does meanwhile: once it is kept, or may
 * be, it counts at once, and who has lost his right by it is put out, now or as soon as the database answers.
 */
import { ChatError } from "../errors.ts";
import type { RoomEvent } from "./events.ts";
import type { Scope } from "./reassessing.ts";
import { tell } from "./telling.ts";
import type { RoomsWork } from "./work.ts";

/** What a change does to others. */
export interface Effect {
	/** Somebody's rights may be others now. */
	readonly rights: boolean;
	/** Told before anybody is looked at, and after that. */
	readonly first?: readonly RoomEvent[];
	readonly last?: readonly RoomEvent[];
	readonly scope?: Scope;
}

/**
 * `write`: writes it, in a transaction; before that ends it notes the effect. Throws as `write` does, and `unavailable` when it
 * was kept, but who loses by it could not be put out yet.
 */
export async function makeFelt<T>(
	work: RoomsWork,
	write: (note: (effect: Effect) => void) => Promise<T>,
): Promise<T> {
	const noted: { effect?: Effect } = {};
	const written = await write((effect) => {
		noted.effect = effect;
	}).catch(async (error) => {
		if (error instanceof ChatError && error.kept !== "nothing") {
			// Nobody waits for it: the database has just been found to be away.
			void takeEffect(work, noted.effect);
		}
		throw error;
	});
	if (await takeEffect(work, noted.effect)) return written;
	throw new ChatError(
		"unavailable",
		"It was kept, but the database cannot be had now: who loses a right by it is put out as soon as it answers.",
		{ kept: "all" },
	);
}

/** False: not everybody could be looked at yet. */
async function takeEffect(
	work: RoomsWork,
	effect: Effect | undefined,
): Promise<boolean> {
	if (effect === undefined) return true;
	if (effect.rights) work.rights.changed();
	const { first = [], last = [], scope } = effect;
	for (const event of first) await tell(work, event);
	const done = scope === undefined || (await work.reassessing.look(scope));
	for (const event of last) await tell(work, event);
	return done;
}

/** What is asked of the database once a change is kept. Throws `unavailable` that says so. */
export async function afterwards<T>(ask: () => Promise<T>): Promise<T> {
	try {
		return await ask();
	} catch (error) {
		if (!(error instanceof ChatError && error.reason === "unavailable")) {
			throw error;
		}
		throw new ChatError(
			"unavailable",
			"It was kept, but the database cannot be had now to show it.",
			{ cause: error, kept: "all" },
		);
	}
}
