/**
 * Brings what compliance is owed from the chat database into the archive, by one node of the pool at a time.
 *
 * Oldest first, one batch after the other: the next one goes when the archive has committed the one before, and what it has
 * committed is forgotten by the chat database only then. So the order of each room holds whatever carries the batches, a crash
 * anywhere repeats and never skips, and a carrier that loses everything loses nothing. What is in the way of one room's files
 * keeps that room waiting, and no other, however much it is owed.
 */
import type { Logger } from "pino";
import type { OwedEvents } from "../store/store.ts";
import { type Archive, LeaseLost, type Owed } from "./archive.ts";
import { reasonToSetAside } from "./archiving.ts";
import type { Carrier } from "./carrier.ts";
import { readOwedEvents } from "./owed-reading.ts";
import { type PreparingOptions, prepareOwed } from "./preparing.ts";
import { makeSend } from "./sending.ts";
import type { Holding } from "./tenure.ts";
import { createTicker } from "./ticker.ts";

export interface RelayOptions extends PreparingOptions {
	readonly owed: OwedEvents;
	readonly archive: Pick<Archive, "head">;
	readonly carrier: Carrier;
	readonly holding: Holding;
	readonly log: Pick<Logger, "warn" | "error">;
}

export interface Relay {
	/** Every event up to this position of the archive is forgotten by the chat database; it may be deleted from there on. */
	forgottenThrough(): number;
	/** As it goes on this node. */
	state(): RelayState;
	/** Resolves when nothing is owed any more, or with the first failure. */
	drain(): Promise<void>;
	close(): Promise<void>;
}

export interface RelayState {
	readonly active: boolean;
	readonly relayed: number;
	/** In a row, since the last success. */
	readonly attempt: number;
	readonly failures: number;
	readonly failure: string | undefined;
}

/** How often, while there is always something owed, it is counted whether that is all. */
const countEveryMs = 1_000;
const batch = { events: 1_000, bytes: 1_000_000 };
/** A batch that is not large is followed by a pause: what comes meanwhile goes together, which is cheaper for all. */
const pauseMs = 500;
const backOffMs = { first: 250, last: 5_000 };

export function createRelay(options: RelayOptions): Relay {
	const { owed, archive, holding, log } = options;
	const prepare = prepareOwed(options);
	const reading = readOwedEvents(owed, batch);
	const send = makeSend({ ...options, archived });
	let forgotten = 0;
	let countedAt = Number.NEGATIVE_INFINITY;
	let relayed = 0;
	let attempt = 0;
	let failures = 0;
	let failure: string | undefined;
	let closed = false;
	let draining: Promise<void> | undefined;

	/** How much was taken. Throws what keeps some waiting when the others have gone. */
	async function relayOnce(): Promise<"nothing" | "a little" | "much"> {
		const tenure = holding.tenure();
		if (tenure === undefined) {
			reading.beginAnew();
			return "nothing";
		}
		const head = await archive.head();
		const rows = await reading.next();
		if (rows.length === 0 && !reading.passes()) {
			forgotten = head;
			return "nothing";
		}
		const all = !reading.passes() && (await isAll(rows.length));
		const { rows: ready, events, waiting, inTheWay } = await prepare(rows);
		if (ready.length > 0) await send(ready, events, tenure);
		if (inTheWay !== undefined) reading.pass(waiting, inTheWay);
		else if (all) forgotten = head;
		const trouble = reading.trouble();
		if (trouble !== undefined) throw new RoomsWait(trouble);
		if (!reading.troubled()) attempt = 0;
		return isMuch(ready) || reading.hasMore() ? "much" : "a little";
	}

	function archived(events: readonly Owed[]): void {
		relayed += events.length;
		for (const { record } of events) {
			const reason = reasonToSetAside(record);
			if (reason === undefined) continue;
			log.error(
				{ event: record.id, reason },
				"event archived, but not whole; it is set aside for @archive",
			);
		}
	}

	/** Was nothing owed but these so many? Under load there is always something, and yet old events are to be deleted. */
	async function isAll(taken: number): Promise<boolean> {
		const now = performance.now();
		if (taken === batch.events || now - countedAt < countEveryMs) return false;
		countedAt = now;
		return (await owed.behind()).owed <= taken;
	}

	function fail(thrown: unknown): number {
		if (thrown instanceof LeaseLost) {
			holding.lost();
			return pauseMs;
		}
		const error = thrown instanceof RoomsWait ? thrown.cause : thrown;
		attempt += 1;
		failures += 1;
		failure = error instanceof Error ? error.message : String(error);
		log.warn({ err: error, attempt }, "events not archived; they are kept");
		const waitMs = Math.min(backOffMs.first * 2 ** attempt, backOffMs.last);
		if (!(thrown instanceof RoomsWait)) return waitMs;
		// The other rooms go on meanwhile.
		reading.beginAnewAfter(waitMs);
		return pauseMs;
	}

	const ticker = createTicker({
		work: async () => ((await relayOnce()) === "much" ? 0 : pauseMs),
		failed: fail,
	});

	async function relayAll(): Promise<void> {
		await ticker.close();
		await holding.looked;
		reading.beginAnew();
		while (!closed && (await relayOnce()) !== "nothing");
	}

	return {
		forgottenThrough: () => forgotten,
		state: () => ({
			active: holding.tenure() !== undefined,
			relayed,
			attempt,
			failures,
			failure,
		}),
		drain() {
			draining = relayAll();
			return draining;
		},
		async close() {
			closed = true;
			await ticker.close();
			await draining?.catch(() => {});
		},
	};
}

/** All that may go has gone; `cause`: what the others wait for. */
class RoomsWait extends Error {
	constructor(cause: Error) {
		super(cause.message, { cause });
	}
}

/** Then there may be more behind it that is worth going on at once. */
function isMuch(rows: readonly { readonly payload: string }[]): boolean {
	const bytes = rows.reduce((sum, { payload }) => sum + payload.length, 0);
	return rows.length >= batch.events / 2 || bytes >= batch.bytes / 2;
}
