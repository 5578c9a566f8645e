/**
 * Changes of which nobody knows whether they are kept, because the database did not answer their commit. It may carry that out
 * as late as it likes, and answer every question until then with what held before; but as long the change holds its locks. So
 * these are waited for, again and again with back-off, and when they have been had the change is felt. What is owed so is kept in
 * memory alone: with the node everybody is out of his rooms.
 */
import { setTimeout as pause } from "node:timers/promises";
import { type Effect, takeEffect } from "./effect.ts";
import { owable } from "./reassessing.ts";
import { lockIfThere } from "./reassessment.ts";
import type { RoomsWork } from "./work.ts";

export interface Settling {
	/** It is felt as soon as it is certain whether it is kept. */
	owe(effect: Effect): void;
	/** What is owed is tried now; resolves when that has been. */
	catchUp(): Promise<void>;
	/** Resolves when nothing is tried any more. */
	close(): Promise<void>;
}

/** Effects that are owed; more are taken together. */
const maxOwed = 100;
/** Each try waits some seconds for the locks itself; between two of them a late commit is felt by nobody. */
const backOffMs = { first: 100, last: 1_000 };

/** All that a change of rights can do. */
function everything(): Effect {
	return {
		rights: true,
		first: [{ type: "narrowed" }],
		last: [{ type: "policy" }],
		scope: { of: "everybody" },
	};
}

type Work = Omit<RoomsWork, "settling">;

export function createSettling(work: Work): Settling {
	const closing = new AbortController();
	const { signal } = closing;
	const owed = new Set<Effect>();
	let running: Promise<boolean> = Promise.resolve(true);
	let again: Promise<void> | undefined;

	/** False: it is not certain of all yet. */
	async function settle(): Promise<boolean> {
		for (const effect of owed) {
			if (signal.aborted) return false;
			try {
				await awaitCommit(work, effect);
			} catch (error) {
				work.log.error({ err: error }, "not known what was kept; again soon");
				return false;
			}
			owed.delete(effect);
			await takeEffect(work, effect);
		}
		return true;
	}

	function tryNow(): Promise<boolean> {
		running = running.then(settle);
		return running;
	}

	async function workOff(): Promise<void> {
		let waitMs = backOffMs.first;
		while (owed.size > 0 && !signal.aborted) {
			if (await tryNow()) continue;
			await pause(waitMs, undefined, { signal }).catch(() => {});
			waitMs = Math.min(2 * waitMs, backOffMs.last);
		}
		again = undefined;
	}

	return {
		owe({ scope, ...effect }) {
			const isFull = owed.size >= maxOwed;
			if (isFull) owed.clear();
			owed.add(
				isFull
					? everything()
					: { ...effect, ...(scope !== undefined && { scope: owable(scope) }) },
			);
			if (!signal.aborted) again ??= workOff();
		},
		async catchUp() {
			await tryNow();
		},
		async close() {
			closing.abort();
			await again;
			await running;
		},
	};
}

/**
 * When it resolves the change has been kept or never will be: its transaction, if there still is one, holds the row by which
 * changes of rights go one after another, and that of the room. Written and kept, since a lock alone says nothing of what
 * another node of a Galera cluster commits. Throws `unavailable` while it cannot be had.
 */
async function awaitCommit({ store }: Work, { scope }: Effect): Promise<void> {
	await store.transaction(async (tx) => {
		await tx.rights.change();
		if (scope?.of === "room") await lockIfThere(tx, scope.room);
	});
}
