/** How far the archive is behind, looked at again and again, so that whoever asks has the answer at once. */
import type { Logger } from "pino";
import type { CategoryId } from "../rooms/types.ts";
import type { FirstOwed, OwedEvents } from "../store/store.ts";
import { createTicker } from "./ticker.ts";

export interface Backlog {
	/**
	 * The age of the oldest event that is not archived yet; 0: there is none. Of a category whose compliance is closed: of the
	 * oldest of its own rooms, for what keeps another room waiting does not count there.
	 */
	behindMs(category?: CategoryId): number;
	close(): Promise<void>;
}

const everyMs = 1_000;

/** Resolves when it knows. Throws `unavailable` when the chat database is away. */
export async function watchBacklog(
	owed: Pick<OwedEvents, "behind" | "closedBehind">,
	log: Pick<Logger, "warn">,
): Promise<Backlog> {
	let all: Ageing | undefined;
	let closed: ReadonlyMap<CategoryId, Ageing> = new Map();

	async function look(): Promise<void> {
		const { first } = await owed.behind();
		all = first && ageing(first, all);
		// Nothing is older than the oldest.
		if (all === undefined || all.ageMs() < everyMs) {
			closed = new Map();
			return;
		}
		const before = closed;
		const found = [...(await owed.closedBehind())];
		closed = new Map(
			found.map(([id, first]) => [id, ageing(first, before.get(id))]),
		);
	}

	await look();
	let begun = false;
	const ticker = createTicker({
		async work() {
			if (begun) await look();
			begun = true;
			return everyMs;
		},
		failed(error) {
			log.warn({ err: error }, "how far the archive is behind is not known");
			return everyMs;
		},
	});
	return {
		behindMs: (category) =>
			(category === undefined ? all : closed.get(category))?.ageMs() ?? 0,
		close: () => ticker.close(),
	};
}

interface Ageing {
	readonly id: string;
	ageMs(): number;
}

/** By the clock, and no younger than it has been seen to become here, wherever the clock is set meanwhile. */
function ageing({ id, at }: FirstOwed, before: Ageing | undefined): Ageing {
	if (before?.id === id) return before;
	const byClockMs = () => Math.max(0, Date.now() - at.getTime());
	const agedMs = byClockMs();
	const seenAt = performance.now();
	return {
		id,
		ageMs: () => Math.max(byClockMs(), agedMs + performance.now() - seenAt),
	};
}
