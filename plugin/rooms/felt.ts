/**
 * A change of rights, from its writing to those whom it concerns. Whatever the database does meanwhile: once it is kept, or may
 * be, it counts at once, and who has lost his right by it is put out, now or as soon as the database answers.
 */
import { ChatError } from "../errors.ts";
import { type Effect, takeEffect } from "./effect.ts";
import type { RoomsWork } from "./work.ts";

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
			if (noted.effect !== undefined) beReady(work, noted.effect);
		}
		throw error;
	});
	const { effect } = noted;
	if (effect === undefined || (await takeEffect(work, effect))) return written;
	throw new ChatError(
		"unavailable",
		"It was kept, but the database cannot be had now: who loses a right by it is put out as soon as it answers.",
		{ kept: "all" },
	);
}

/** Nobody knows whether it is kept. Nothing is remembered of what was before; who loses by it is looked at when it is certain. */
function beReady(work: RoomsWork, effect: Effect): void {
	const { scope: _, ...told } = effect;
	// Nobody waits for it: the database has just been found to be away.
	void takeEffect(work, told);
	work.settling.owe(effect);
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
