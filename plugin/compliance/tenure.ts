/**
 * What only one node of a pool may do at a time, done by the one that holds the lease.
 *
 * The holder counts its beat up. Whoever sees the same beat for `takeoverMs` by his own clock takes the lease over: no two
 * clocks are compared. A holder that was only asleep finds out where it writes: `LeaseLost`. A lease that an earlier run of
 * the same node left behind is taken a little sooner, and one that was given back by whoever looks next.
 */
import type { Logger } from "pino";
import type { Leases, Tenure } from "./archive.ts";
import { createTicker } from "./ticker.ts";

const beatMs = 1_000;
const takeoverMs = 5_000;
/** Who could not renew for so long does nothing new: another may have taken over by now. */
const staleMs = 4_000;
/** From an earlier run of this node, which is not expected to live; longer than whoever has its name by mistake trusts his own. */
const takeBackMs = 4_500;

export interface TenureOptions {
	readonly lease: string;
	readonly leases: Leases;
	readonly node: string;
	/** Unique for each start of the node. */
	readonly run: string;
	readonly log: Pick<Logger, "info" | "warn" | "error">;
}

export interface Holding {
	/** Resolves when it has been looked at for the first time. */
	readonly looked: Promise<void>;
	/** Undefined while another holds it, or nobody can say. */
	tenure(): Tenure | undefined;
	/** Somebody has found that it is lost. */
	lost(): void;
	/** Gives it back. */
	close(): Promise<void>;
	/** Renews it no more, but does not give it back: what it is about may still go on. */
	abandon(): Promise<void>;
}

export function holdWhenFree({
	lease,
	leases,
	node,
	run,
	log,
}: TenureOptions): Holding {
	let takings = 0;
	let mine: Tenure = { lease, holder: "" };
	let renewedAt: number | undefined;
	let seen: { holder: string; beat: number; since: number } | undefined;

	let looked = (): void => {};
	const firstLook = new Promise<void>((resolve) => {
		looked = resolve;
	});

	async function look(): Promise<number> {
		const askedAt = performance.now();
		if (renewedAt !== undefined) {
			if (await leases.beat(lease, mine.holder)) {
				renewedAt = askedAt;
				return beatMs;
			}
			lost();
		}
		const found = await leases.find(lease);
		takings += 1;
		const holder = `${node}/${run}/${takings}`;
		if (mayTake(found) && (await leases.take(lease, holder, found))) {
			renewedAt = askedAt;
			mine = { lease, holder };
			seen = undefined;
			log.info({ lease, node }, "this node does it from now on");
		}
		return beatMs;
	}

	function mayTake(found: { holder: string; beat: number } | undefined) {
		if (found === undefined || found.holder === "") return true;
		const own = nodeOf(found.holder) === node;
		const now = performance.now();
		if (seen?.holder !== found.holder || seen.beat !== found.beat) {
			if (own && seen?.holder === found.holder) {
				log.error(
					{ lease, node },
					"another process has this node's name: each node needs a name of its own",
				);
			}
			seen = { ...found, since: now };
		}
		return now - seen.since >= (own ? takeBackMs : takeoverMs);
	}

	function lost(): void {
		if (renewedAt === undefined) return;
		renewedAt = undefined;
		log.warn({ lease, node }, "another node does it from now on");
	}

	const ticker = createTicker({
		work: () => look().finally(looked),
		failed(error) {
			log.warn({ err: error, lease }, "lease not renewed");
			return beatMs;
		},
	});

	return {
		looked: firstLook,
		tenure: () =>
			renewedAt !== undefined && performance.now() - renewedAt < staleMs
				? mine
				: undefined,
		lost,
		async close() {
			await ticker.close();
			if (renewedAt === undefined) return;
			renewedAt = undefined;
			await leases.release(lease, mine.holder).catch((error: unknown) => {
				log.warn({ err: error, lease }, "lease not given back");
			});
		},
		abandon: () => ticker.close(),
	};
}

/** Of a holder: `node/run/taking`. */
export function nodeOf(holder: string): string {
	return holder.split("/").slice(0, -2).join("/");
}
