/**
 * Who looks at a room's past is recorded, kept before he is shown anything. What is looked at while others are being recorded goes
 * together in one transaction: a commit for each would be all that a busy morning's questions wait for.
 */
import type { ComplianceEvent } from "../compliance/events.ts";
import type { Store } from "../store/index.ts";
import { askTogether } from "./asking-together.ts";

interface View {
	readonly event: ComplianceEvent;
	/** It may not be kept any more. */
	readonly stale: () => boolean;
}

/** Resolves when it is kept; with false, and without it, when it may not be any more. */
export type RecordView = (view: View) => Promise<boolean>;

export function createRecordView(
	store: Pick<Store, "transaction">,
): RecordView {
	return askTogether(
		(views: readonly View[]) =>
			store.transaction(async (tx) => {
				const fit = views.filter(({ stale }) => !stale());
				if (fit.length > 0) {
					await tx.outbox.add(...fit.map(({ event }) => event));
				}
				const kept = new Set(fit);
				return views.map((view) => kept.has(view));
			}),
		// While one reaches the disk, the next is made.
		{ atOnce: 2, most: 200 },
	);
}
