/** Who may not use persistent chat any more has his dialogs ended: at once, or as soon as the directory can be asked. */
import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "pino";
import type { Directory } from "../rooms/directory.ts";
import type { RoomEvent, UserUri } from "../rooms/types.ts";
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
const retryMs = 5_000;

export interface Dismissal {
	/** Goes up with every change of policy: who was found enabled at an earlier one is to be looked at again. */
	readonly generation: number;
	/** Ends the dialogs of these users who are not enabled; without names, of all. */
	dismiss(users?: readonly UserUri[]): void;
	stop(): void;
}

export function createDismissal(needs: DismissalNeeds): Dismissal {
	const closing = new AbortController();
	let generation = 0;

	function begin(users?: readonly UserUri[]): void {
		dismiss(needs, users, closing.signal).catch((error) =>
			needs.log.error({ err: error }, "users not dismissed"),
		);
	}

	const unsubscribe = needs.events.subscribe((event) => {
		if (event.type !== "policy") return;
		generation += 1;
		begin(event.users);
	});
	return {
		get generation() {
			return generation;
		},
		dismiss: begin,
		stop() {
			unsubscribe();
			closing.abort();
		},
	};
}

async function dismiss(
	{ directory, guests, log }: DismissalNeeds,
	users: readonly UserUri[] | undefined,
	signal: AbortSignal,
): Promise<void> {
	const here = guests.users();
	const asked =
		users === undefined ? here : here.filter((user) => users.includes(user));
	for (let start = 0; start < asked.length && !signal.aborted; ) {
		const some = asked.slice(start, start + atOnce);
		try {
			const enabled = await directory.enabled(some);
			for (const user of some) {
				if (!enabled.has(user)) guests.endOf(user, "not enabled any more");
			}
			start += atOnce;
		} catch (error) {
			log.error({ err: error, retryMs }, "policy not asked; again soon");
			await pause(retryMs, undefined, { signal }).catch(() => {});
		}
	}
}
