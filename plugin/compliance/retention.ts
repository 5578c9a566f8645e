/** Deletes from the archive what every adapter has had and what is older than it is to be kept. */
import type { Logger } from "pino";
import { type Archive, LeaseLost } from "./archive.ts";
import type { Relay } from "./relay.ts";
import type { Holding } from "./tenure.ts";
import { createTicker, type Ticker } from "./ticker.ts";

export interface RetentionOptions {
	readonly archive: Pick<Archive, "prune" | "adapters" | "replays">;
	/** Names of those that are configured. */
	readonly adapters: readonly string[];
	readonly relay: Pick<Relay, "forgottenThrough">;
	readonly holding: Holding;
	readonly retainDays: number;
	readonly now: () => Date;
	readonly log: Pick<Logger, "warn">;
}

const dayMs = 86_400_000;
const everyMs = 10_000;
/** How soon a node that has not the lease looks again. */
const idleMs = 1_000;
const eventsAtOnce = 1_000;

export function keepOnlyWhatIsNeeded(options: RetentionOptions): Ticker {
	const { archive, holding, now, log } = options;

	/** No adapter, and no replay, still needs what is not behind this position. */
	async function takenThrough(): Promise<number> {
		const states = await archive.adapters.list();
		const ends = await Promise.all(
			options.adapters.map(async (name) => {
				const state = states.find((one) => one.name === name);
				const replay = await archive.replays.current(name);
				return Math.min(
					state?.position ?? 0,
					replay === undefined ? Number.MAX_SAFE_INTEGER : replay.next - 1,
				);
			}),
		);
		return Math.min(options.relay.forgottenThrough(), ...ends);
	}

	return createTicker({
		async work() {
			const tenure = holding.tenure();
			if (tenure === undefined) return idleMs;
			const before = new Date(now().getTime() - options.retainDays * dayMs);
			const through = await takenThrough();
			const bounds = { before, through, events: eventsAtOnce };
			const pruned = await archive.prune(bounds, tenure);
			return pruned > 0 ? 0 : everyMs;
		},
		failed(error) {
			if (error instanceof LeaseLost) holding.lost();
			else log.warn({ err: error }, "old events not deleted");
			return everyMs;
		},
	});
}
