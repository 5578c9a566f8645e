/**
 * Gives one adapter its events, by one node of the pool at a time: every `runIntervalMs` all there are, batch after batch, each
 * acknowledged in the archive when the adapter has it. A batch that fails comes again, with back-off; others wait for nobody.
 * Between the batches goes what the operator wants to have delivered once more.
 */
import { type Archive, LeaseLost, type Tenure } from "./archive.ts";
import type { ArchivedEvent } from "./archived.ts";
import { createDeliverer, type DelivererOptions } from "./deliverer.ts";
import { wantedBy } from "./filter.ts";
import { endsWithin } from "./patience.ts";
import { deliverWithoutPoison } from "./poison.ts";
import { reasonOf } from "./reason.ts";
import { createTicker } from "./ticker.ts";

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
const backOffMs = { first: 1_000, last: 300_000 };
const parkedAtOnce = 100;
/** How long the end is kept waiting for an adapter that does not heed its abort. */
const heedMs = 2_000;

export function createWorker(options: WorkerOptions): Worker {
	const { setting, archive, holding, now, log } = options;
	const { name } = setting;
	const wanted = wantedBy(setting.only);
	const closing = new AbortController();
	const deliver = createDeliverer({ ...options, closing: closing.signal });
	let attempt = 0;
	let draining: Promise<void> | undefined;

	/** Everything that there is when it begins. */
	async function run(): Promise<void> {
		const through = await archive.head();
		for (;;) {
			const tenure = holding.tenure();
			if (tenure === undefined || closing.signal.aborted) return;
			const delivered = await next(tenure, through);
			const again = await retryParked(tenure);
			const replayed = await replay(tenure);
			if (!delivered && !again && !replayed) return;
		}
	}

	/** One batch; false when there is none. */
	async function next(tenure: Tenure, through: number): Promise<boolean> {
		const { position } = await archive.adapters.register(name);
		const events = await archive.after(position, {
			events: setting.batchEvents,
			bytes: batchBytes,
			through,
		});
		const last = events.at(-1);
		if (last === undefined) return false;
		const mine = events.filter(wanted);
		const parked = await deliverWithoutPoison(mine, (piece) =>
			deliver(piece, tenure, { attempt: attempt + 1, replay: false }),
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
		attempt = 0;
		for (const { event, reason } of parked) {
			log.error({ event, reason }, "event set aside: it cannot be delivered");
		}
		return true;
	}

	/** What the operator wants tried again, each by itself. */
	async function retryParked(tenure: Tenure): Promise<boolean> {
		const again = await archive.parked.list(name, {
			state: "again",
			limit: parkedAtOnce,
		});
		for (const { position } of again) {
			const events = await archive.after(position - 1, {
				events: 1,
				bytes: 0,
				through: position,
			});
			const [failed] = await deliverWithoutPoison(events, (piece) =>
				deliver(piece, tenure, { attempt: attempt + 1, replay: true }),
			);
			const outcome =
				failed === undefined
					? "delivered"
					: { reason: failed.reason, at: now() };
			await archive.parked.settle(name, position, outcome, tenure);
		}
		return again.length > 0;
	}

	/** One batch of what is to be delivered once more. */
	async function replay(tenure: Tenure): Promise<boolean> {
		const asked = await archive.replays.current(name);
		if (asked === undefined) return false;
		const events = await archive.after(asked.next - 1, {
			events: setting.batchEvents,
			bytes: batchBytes,
			through: asked.last,
		});
		const last = events.at(-1);
		const mine = events.filter(
			(event) => wanted(event) && isWithin(event, asked),
		);
		const parked = await deliverWithoutPoison(mine, (piece) =>
			deliver(piece, tenure, { attempt: attempt + 1, replay: true }),
		);
		const next = last === undefined ? asked.last + 1 : last.position + 1;
		await archive.replays.advance(
			asked.id,
			{
				next,
				delivered: mine.length - parked.length,
				...(next > asked.last && { ended: { at: now() } }),
			},
			tenure,
		);
		attempt = 0;
		return true;
	}

	async function fail(error: unknown): Promise<number> {
		if (error instanceof LeaseLost) {
			holding.lost();
			return idleMs;
		}
		if (closing.signal.aborted || holding.tenure() === undefined) return idleMs;
		attempt += 1;
		const waitMs = backOff(attempt);
		log.warn({ err: error, attempt, waitMs }, "not delivered; it comes again");
		const at = now();
		const nextAt = new Date(at.getTime() + waitMs);
		await archive.adapters
			.failed(name, reasonOf(error), at, nextAt)
			.catch(() => {});
		return waitMs;
	}

	const ticker = createTicker({
		async work() {
			if (holding.tenure() === undefined) return idleMs;
			const begunAt = performance.now();
			try {
				await run();
			} catch (error) {
				return fail(error);
			}
			return Math.max(0, begunAt + setting.runIntervalMs - performance.now());
		},
		failed: () => idleMs,
	});

	return {
		name,
		active: () => holding.tenure() !== undefined,
		async drain() {
			await ticker.close();
			await holding.looked;
			const rest = run();
			draining = rest.catch(() => {});
			await rest;
		},
		async close() {
			closing.abort(new Error("The service stops."));
			return endsWithin(heedMs, Promise.all([ticker.close(), draining]));
		},
	};
}

function isWithin(
	event: ArchivedEvent,
	{ from, to }: { readonly from: Date; readonly to: Date },
): boolean {
	const at = Date.parse(event.at);
	return at >= from.getTime() && at < to.getTime();
}

function backOff(attempt: number): number {
	const most = Math.min(
		backOffMs.first * 2 ** Math.min(attempt - 1, 20),
		backOffMs.last,
	);
	return most * (0.8 + Math.random() * 0.2);
}
