/**
 * Nodes that say no more that they live. Each is seen by the clock of who looks: no two clocks are compared. Who could not look
 * for a while himself (frozen, or without the database) has seen nobody's silence.
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
/** Who looks no more often than that knows nothing of others. */
const attentiveMs = 3_000;

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
		{ readonly aliveAt: number; readonly since: number; done: boolean }
	>();
	let lookedAt = Number.NEGATIVE_INFINITY;

	async function look(): Promise<number> {
		const nodes = await list();
		const at = now();
		if (at - lookedAt > attentiveMs) begin();
		lookedAt = at;
		for (const { node, aliveAt } of nodes) {
			if (node === own) continue;
			const known = seen.get(node);
			if (known?.aliveAt !== aliveAt.getTime()) {
				seen.set(node, { aliveAt: aliveAt.getTime(), since: at, done: false });
			} else if (!known.done && at - known.since >= deadAfterMs) {
				const left = await takeOver(node, aliveAt);
				known.done = true;
				if (left > 0)
					log.warn({ node, left }, "participants of a dead node parted");
			}
		}
		// What was done just now took its time, but it was no silence of ours.
		lookedAt = now();
		return everyMs;
	}

	/** What is done already need not be done again. */
	function begin(): void {
		for (const [node, known] of seen) {
			if (!known.done) seen.delete(node);
		}
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
