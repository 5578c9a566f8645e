/**
 * Nodes that say no more that they live. Each is seen by the clock of who looks: no two clocks are compared. What of a
 * silence he could not look at himself (frozen, or without the database) counts for little.
 */
import type { Logger } from "pino";
import { createTicker } from "../compliance/ticker.ts";

export interface DeadNodesNeeds {
	/** This one. */
	readonly node: string;
	/** Those that ever lived, and when they said so last. */
	list(): Promise<readonly { readonly node: string; readonly aliveAt: Date }[]>;
	/** Does what it left undone; how much that was. Repeated until it does not reject. */
	takeOver(node: string, aliveAt: Date): Promise<number>;
	readonly log: Pick<Logger, "warn">;
	readonly now?: () => number;
	readonly everyMs?: number;
}

export interface DeadNodes {
	/** Resolves when nothing is done any more. */
	close(): Promise<void>;
}

/** Nodes say every second that they live. */
export const deadAfterMs = 6_000;
/** Of the time between two looks no more counts as silence. */
const attentiveMs = 2_000;

export function watchDeadNodes({
	node: own,
	list,
	takeOver,
	log,
	now = () => performance.now(),
	everyMs = 1_000,
}: DeadNodesNeeds): DeadNodes {
	const seen = new Map<
		string,
		{ readonly aliveAt: number; silentMs: number; done: boolean }
	>();
	let lookedAt = now();

	async function look(): Promise<number> {
		const nodes = await list();
		const sinceMs = Math.min(now() - lookedAt, attentiveMs);
		lookedAt = now();
		for (const { node, aliveAt } of nodes) {
			if (node !== own) await judge(node, aliveAt, sinceMs);
		}
		return everyMs;
	}

	async function judge(
		node: string,
		aliveAt: Date,
		sinceMs: number,
	): Promise<void> {
		const known = seen.get(node);
		if (known === undefined || known.aliveAt !== aliveAt.getTime()) {
			const fresh = { aliveAt: aliveAt.getTime(), silentMs: 0, done: false };
			seen.set(node, fresh);
			return;
		}
		known.silentMs += sinceMs;
		if (known.done || known.silentMs < deadAfterMs) return;
		const left = await takeOver(node, aliveAt);
		known.done = true;
		if (left > 0)
			log.warn({ node, left }, "participants of a dead node parted");
	}

	const ticker = createTicker({
		work: look,
		failed(error) {
			log.warn({ err: error }, "other nodes not looked at; again soon");
			return everyMs;
		},
	});
	return { close: () => ticker.close() };
}
