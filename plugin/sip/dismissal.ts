/** Who may not use persistent chat any more has his dialogs ended: at once, or as soon as the directory can be asked. */
import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "pino";
import type { Directory } from "../rooms/directory.ts";
import type { RoomEvent } from "../rooms/events.ts";
import type { UserUri } from "../rooms/types.ts";
import type { Guests } from "./guests.ts";

export interface DismissalNeeds {
	readonly directory: Pick<Directory, "enabled">;
	readonly guests: Pick<Guests, "users" | "endOf">;
	readonly events: {
		subscribe(listener: (event: RoomEvent) => void): () => void;
	};
	readonly log: Logger;
}

/** Users asked about at once. */
const atOnce = 400;

export interface Dismissal {
	/** Goes up with every change of policy: who was found enabled at an earlier one is to be looked at again. */
	readonly generation: number;
	/** Ends the dialogs of these users who are not enabled; without names, of all. */
	dismiss(users?: readonly UserUri[]): void;
	/** Resolves when the directory is not asked any more. */
	stop(): Promise<void>;
}

/** `retryMs`: how long the directory is left alone when it could not answer. */
export function createDismissal(
	{ directory, guests, events, log }: DismissalNeeds,
	retryMs = 5_000,
): Dismissal {
	const closing = new AbortController();
	const { signal } = closing;
	/** Users here who are to be asked about. */
	const due = new Set<UserUri>();
	let work: Promise<void> | undefined;
	let generation = 0;

	function dismiss(users?: readonly UserUri[]): void {
		if (signal.aborted) return;
		const named = users && new Set(users);
		for (const user of guests.users()) {
			if (named?.has(user) ?? true) due.add(user);
		}
		if (due.size > 0) work ??= workOff();
	}

	async function workOff(): Promise<void> {
		while (due.size > 0 && !signal.aborted) {
			const some = [...due].slice(0, atOnce);
			// Who is named again while the directory answers is asked about again.
			for (const user of some) due.delete(user);
			try {
				const enabled = await directory.enabled(some);
				for (const user of some) {
					if (!enabled.has(user)) guests.endOf(user, "not enabled any more");
				}
			} catch (error) {
				for (const user of some) due.add(user);
				log.error({ err: error, retryMs }, "policy not asked; again soon");
				await pause(retryMs, undefined, { signal }).catch(() => {});
			}
		}
		work = undefined;
	}

	const unsubscribe = events.subscribe((event) => {
		if (event.type !== "policy") return;
		generation += 1;
		dismiss(event.users);
	});
	return {
		get generation() {
			return generation;
		},
		dismiss,
		async stop() {
			unsubscribe();
			closing.abort();
			await work;
		},
	};
}
