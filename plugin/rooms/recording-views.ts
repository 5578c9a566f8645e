/**
 * Who looks at a room's past is recorded, kept before he is shown anything. What is looked at while others are being recorded goes
 * together in one transaction: a commit for each would be all that a busy morning's questions wait for.
 */
import type { ComplianceEvent } from "../compliance/events.ts";
import type { Store } from "../store/index.ts";

/** In one transaction, which others wait for. */
const maxTogether = 200;
/** While one reaches the disk, the next is made. */
const transactionsAtOnce = 2;

/** Resolves when it is kept; with false, and without it, when it may not be any more (`stale`). */
export type RecordView = (
	event: ComplianceEvent,
	stale: () => boolean,
) => Promise<boolean>;

interface View {
	readonly event: ComplianceEvent;
	readonly stale: () => boolean;
	done(kept: boolean): void;
	failed(error: unknown): void;
}

export function createRecordView(
	store: Pick<Store, "transaction">,
): RecordView {
	const waiting: View[] = [];
	let transactions = 0;

	async function keep(views: readonly View[]): Promise<void> {
		try {
			const kept = await store.transaction(async (tx) => {
				const fit = views.filter(({ stale }) => !stale());
				if (fit.length > 0) {
					await tx.outbox.add(...fit.map(({ event }) => event));
				}
				return new Set(fit);
			});
			for (const view of views) view.done(kept.has(view));
		} catch (error) {
			for (const { failed } of views) failed(error);
		}
	}

	async function keepAll(): Promise<void> {
		transactions += 1;
		while (waiting.length > 0) await keep(waiting.splice(0, maxTogether));
		transactions -= 1;
	}

	return (event, stale) =>
		new Promise((done, failed) => {
			waiting.push({ event, stale, done, failed });
			if (transactions < transactionsAtOnce) void keepAll();
		});
}
