/** Deletes from the archive what every adapter has had and what is older than it is to be kept. */
import type { Logger } from "pino";
import { type AdapterState, type Archive, LeaseLost } from "./archive.ts";
import type { Checkpoint, Sign } from "./evidence.ts";
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
	/** What is deleted. */
	readonly sign: Sign;
	/** Has this node signed it? */
	readonly isProven: (checkpoint: Checkpoint) => boolean;
	readonly now: () => Date;
	readonly log: Pick<Logger, "warn">;
}

const dayMs = 86_400_000;
const everyMs = 10_000;
/** How soon a node that has not the lease looks again. */
const idleMs = 1_000;
const eventsAtOnce = 500;
/** Between two of them others have their turn. */
const pauseMs = 50;

export function keepOnlyWhatIsNeeded(options: RetentionOptions): Ticker {
	const { archive, holding, now, log } = options;

	/** No adapter that is or was configured anywhere, and no replay, still needs what is not behind this position. */
	async function takenThrough(): Promise<number> {
		const states = await archive.adapters.list();
		const replays = await archive.replays.underWay();
		warnOfStrangers(states);
		return Math.min(
			options.relay.forgottenThrough(),
			...states.map(({ position }) => position),
			...replays.map(({ next }) => next - 1),
		);
	}

	const warned = new Set<string>();

	/** Another node's, perhaps; or one that nobody will feed again, and then its events stay for ever. */
	function warnOfStrangers(states: readonly AdapterState[]): void {
		for (const { name } of states) {
			if (options.adapters.includes(name) || warned.has(name)) continue;
			warned.add(name);
			log.warn(
				{ adapter: name },
				"an adapter that this node does not know keeps events in the archive until it has had them; if it is gone for ever, forget it",
			);
		}
	}

	return createTicker({
		async work() {
			const tenure = holding.tenure();
			if (tenure === undefined) return idleMs;
			const before = new Date(now().getTime() - options.retainDays * dayMs);
			const through = await takenThrough();
			const misdated = { now: now(), isProven: options.isProven };
			const bounds = { before, through, events: eventsAtOnce, misdated };
			const pruned = await archive.prune(bounds, options.sign, tenure);
			return pruned > 0 ? pauseMs : everyMs;
		},
		failed(error) {
			if (error instanceof LeaseLost) holding.lost();
			else log.warn({ err: error }, "old events not deleted");
			return everyMs;
		},
	});
}
