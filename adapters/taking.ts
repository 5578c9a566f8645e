/** What a target has taken of a batch and what it refuses for good: nothing that was taken is sent again with the rest. */
import {
	type ArchivedEvent,
	type Delivery,
	type EventId,
	Undeliverable,
} from "../plugin/compliance/adapter.ts";

/** Resolves with undefined when the target has taken them, with a sentence when it refuses them for good. */
export type Put = (
	events: readonly ArchivedEvent[],
) => Promise<string | undefined>;

/** What is refused for good is put again in halves, until it is one event. */
export type Give = (
	events: readonly ArchivedEvent[],
	put: Put,
) => Promise<void>;

export type Take = (
	batch: readonly ArchivedEvent[],
	delivery: Pick<Delivery, "replay">,
	/** `rest`: of the batch, what was not taken before it failed. */
	work: (rest: readonly ArchivedEvent[], give: Give) => Promise<void>,
) => Promise<void>;

/** More than one batch has: a batch that fails may come again with fewer events, and the others after it. */
const rememberedAtMost = 20_000;

/**
 * Remembers, until a batch has been delivered whole, what was taken of it. Throws `Undeliverable` for what was refused, and
 * what `work` throws.
 */
export function makeTaking(): Take {
	const taken = { ordinary: new Set<EventId>(), replay: new Set<EventId>() };

	return async (batch, { replay }, work) => {
		const which = replay ? "replay" : "ordinary";
		const known = taken[which];
		const refused: { readonly id: EventId; readonly why: string }[] = [];

		const give: Give = async (events, put) => {
			const why = await put(events);
			const [first] = events;
			if (why === undefined) {
				for (const { id } of events) remember(known, id);
			} else if (first !== undefined && events.length === 1) {
				refused.push({ id: first.id, why });
			} else {
				const middle = Math.ceil(events.length / 2);
				await give(events.slice(0, middle), put);
				await give(events.slice(middle), put);
			}
		};
		await work(
			batch.filter(({ id }) => !known.has(id)),
			give,
		);
		if (refused.length > 0) throw undeliverable(refused);
		for (const { id } of batch) known.delete(id);
	};
}

function remember(known: Set<EventId>, id: EventId): void {
	known.add(id);
	if (known.size <= rememberedAtMost) return;
	const [oldest] = known;
	if (oldest !== undefined) known.delete(oldest);
}

function undeliverable(
	refused: readonly { readonly id: EventId; readonly why: string }[],
): Undeliverable {
	const reasons = new Set(refused.map(({ why }) => why));
	const ids = refused.map(({ id }) => id);
	return new Undeliverable([...reasons].join("; "), ids);
}
