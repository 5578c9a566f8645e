/**
 * Gives one adapter its events, by one node of the pool at a time: every `runIntervalMs` all there are, batch after batch, each
 * acknowledged in the archive when the adapter has it. A batch that fails comes again, with back-off; others wait for nobody.
 */
import type { Archive, Tenure } from "./archive.ts";
import type { EventId } from "./archived.ts";
import { countAttempts } from "./attempts.ts";
import { createDeliverer, type DelivererOptions } from "./deliverer.ts";
import { wantedBy } from "./filter.ts";
import { endsWithin } from "./patience.ts";
import { deliverWithoutPoison } from "./poison.ts";
import { redeliver } from "./redelivery.ts";
import { createTicker } from "./ticker.ts";
import { makeWidth } from "./width.ts";

export interface WorkerOptions extends Omit<DelivererOptions, "closing"> {
	readonly archive: Archive;
	readonly now: () => Date;
}

export interface Worker {
	readonly name: string;
	/** Is it this node's? */
	active(): boolean;
	/** Resolves when the adapter has had everything that was in the archive, or with the first failure. */
	drain(): Promise<void>;
	/** Aborts what is under way; whether it has ended soon after. */
	close(): Promise<boolean>;
}

/** Of the events' texts, at a time. */
const batchBytes = 4_000_000;
/** How soon a node that has not the lease looks again. */
const idleMs = 500;
/** How long the end is kept waiting for an adapter that does not heed its abort. */
const heedMs = 2_000;

export function createWorker(options: WorkerOptions): Worker {
	const { setting, archive, holding, now, log } = options;
	const { name } = setting;
	const wanted = wantedBy(setting.only);
	const page = { events: setting.batchEvents, bytes: batchBytes };
	const closing = new AbortController();
	const shared = { ...options, name, closing: closing.signal };
	const deliver = createDeliverer(shared);
	const attempts = countAttempts(shared);
	const width = makeWidth(setting.batchEvents);
	let draining: Promise<void> | undefined;

	/** Everything that there is when it begins. */
	async function run(): Promise<void> {
		const through = await archive.head();
		for (;;) {
			const tenure = holding.tenure();
			if (tenure === undefined || closing.signal.aborted) return;
			if (!(await next(tenure, through))) return;
		}
	}

	/** What the operator has set aside before it was delivered. */
	async function setAsideBehind(after: number): Promise<ReadonlySet<EventId>> {
		const found = await archive.parked.list(name, {
			after,
			limit: setting.batchEvents,
		});
		return new Set(found.map(({ event }) => event));
	}

	/** One batch; false when there is none. */
	async function next(tenure: Tenure, through: number): Promise<boolean> {
		const { position, attempt } = await archive.adapters.register(name);
		const events = await archive.after(position, {
			...page,
			events: width.events(attempt),
			through,
		});
		const last = events.at(-1);
		if (last === undefined) return false;
		const aside = await setAsideBehind(position);
		const mine = events.filter(
			(event) => wanted(event) && !aside.has(event.id),
		);
		const parked = await deliverWithoutPoison(mine, (piece) =>
			deliver(piece, tenure, { attempt: attempts.next(), replay: false }),
		);
		await archive.adapters.advance(
			name,
			{
				position: last.position,
				delivered: mine.length - parked.length,
				at: now(),
				parked,
			},
			tenure,
		);
		attempts.succeeded();
		width.succeeded();
		for (const { event, reason } of parked) {
			log.error({ event, reason }, "event set aside: it cannot be delivered");
		}
		return true;
	}

	const live = createTicker({
		async work() {
			if (holding.tenure() === undefined) return idleMs;
			const begunAt = performance.now();
			try {
				await run();
			} catch (error) {
				width.failed();
				return attempts.failed(error);
			}
			return Math.max(0, begunAt + setting.runIntervalMs - performance.now());
		},
		failed: () => idleMs,
	});
	const again = redeliver({
		...shared,
		deliver,
		attempts: countAttempts(shared),
		wanted,
		page,
	});

	return {
		name,
		active: () => holding.tenure() !== undefined,
		async drain() {
			await live.close();
			await holding.looked;
			const rest = run();
			draining = rest.catch(() => {});
			await rest;
		},
		async close() {
			closing.abort(new Error("The service stops."));
			const ended = Promise.all([live.close(), again.close(), draining]);
			return endsWithin(heedMs, ended);
		},
	};
}
