/**
 * Gives an adapter once more what the operator wants it to have: events that were set aside, each by itself, and replays, batch
 * after batch. With a pace and a back-off of its own: what is new waits for one batch of it at most.
 */
import type { Archive, Replay, Tenure } from "./archive.ts";
import type { ArchivedEvent } from "./archived.ts";
import type { Attempts } from "./attempts.ts";
import type { Deliver } from "./deliverer.ts";
import { deliverWithoutPoison } from "./poison.ts";
import type { Holding } from "./tenure.ts";
import { createTicker, type Ticker } from "./ticker.ts";

export interface RedeliveryOptions {
	readonly name: string;
	readonly archive: Pick<Archive, "after" | "parked" | "replays">;
	readonly deliver: Deliver;
	readonly attempts: Attempts;
	readonly holding: Holding;
	readonly wanted: (event: ArchivedEvent) => boolean;
	readonly page: { readonly events: number; readonly bytes: number };
	readonly now: () => Date;
}

/** How soon it looks again whether anything is wanted. */
const lookMs = 2_000;
const parkedAtOnce = 100;

export function redeliver(options: RedeliveryOptions): Ticker {
	const { name, archive, attempts, holding, wanted, now } = options;

	const again = (events: readonly ArchivedEvent[], tenure: Tenure) =>
		deliverWithoutPoison(events, (piece) =>
			options.deliver(piece, tenure, {
				attempt: attempts.next(),
				replay: true,
			}),
		);

	/** Whether there was any. */
	async function retryParked(tenure: Tenure): Promise<boolean> {
		const asked = await archive.parked.list(name, {
			state: "again",
			limit: parkedAtOnce,
		});
		for (const { position } of asked) {
			const events = await archive.after(position - 1, {
				events: 1,
				bytes: 0,
				through: position,
			});
			const [failed] = await again(events, tenure);
			const outcome =
				failed === undefined
					? "delivered"
					: { reason: failed.reason, at: now() };
			await archive.parked.settle(name, position, outcome, tenure);
			attempts.succeeded();
		}
		return asked.length > 0;
	}

	/** One batch; false when none is wanted. */
	async function replay(tenure: Tenure): Promise<boolean> {
		const asked = await archive.replays.current(name);
		if (asked === undefined) return false;
		const events = await archive.after(asked.next - 1, {
			...options.page,
			through: asked.last,
		});
		const last = events.at(-1)?.position ?? asked.last;
		const mine = events.filter(
			(event) => wanted(event) && isWithin(event, asked),
		);
		const parked = await again(mine, tenure);
		await archive.replays.advance(
			asked.id,
			{
				next: last + 1,
				delivered: mine.length - parked.length,
				at: now(),
				parked,
				ended: last >= asked.last,
			},
			tenure,
		);
		attempts.succeeded();
		return true;
	}

	return createTicker({
		async work() {
			const tenure = holding.tenure();
			if (tenure === undefined) return lookMs;
			try {
				const retried = await retryParked(tenure);
				const replayed = await replay(tenure);
				return retried || replayed ? 0 : lookMs;
			} catch (error) {
				return attempts.failed(error);
			}
		},
		failed: () => lookMs,
	});
}

function isWithin(event: ArchivedEvent, { from, to }: Replay): boolean {
	const at = Date.parse(event.at);
	return at >= from.getTime() && at < to.getTime();
}
