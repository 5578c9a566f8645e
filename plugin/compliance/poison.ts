/** One batch to one adapter: what cannot be delivered is found and set aside. */
import type { Undeliverable } from "./adapter.ts";
import type { Parking } from "./archive.ts";
import type { ArchivedEvent } from "./archived.ts";
import { reasonOf } from "./reason.ts";

/**
 * Delivers the events in their order, in one piece if the adapter takes it; returns those that are to be set aside. Where it
 * says `Undeliverable` without naming events, halves are tried until the one is found. What it throws otherwise comes through:
 * then all of them are to come again.
 */
export async function deliverWithoutPoison(
	events: readonly ArchivedEvent[],
	deliver: (piece: readonly ArchivedEvent[]) => Promise<void>,
): Promise<readonly Parking[]> {
	if (events.length === 0) return [];
	try {
		await deliver(events);
		return [];
	} catch (error) {
		if (!isUndeliverable(error)) throw error;
		const named = new Set(error.events);
		const bad =
			events.length === 1 ? events : events.filter(({ id }) => named.has(id));
		if (bad.length > 0) {
			const rest = events.filter((event) => !bad.includes(event));
			return [
				...bad.map((event) => parkingOf(event, reasonOf(error))),
				...(await deliverWithoutPoison(rest, deliver)),
			];
		}
		const middle = Math.ceil(events.length / 2);
		return [
			...(await deliverWithoutPoison(events.slice(0, middle), deliver)),
			...(await deliverWithoutPoison(events.slice(middle), deliver)),
		];
	}
}

/** By its name: an adapter's package may have brought its own copy of the class. */
function isUndeliverable(error: unknown): error is Undeliverable {
	return (
		error instanceof Error &&
		error.name === "Undeliverable" &&
		"events" in error &&
		Array.isArray(error.events)
	);
}

function parkingOf({ position, id }: ArchivedEvent, reason: string): Parking {
	return { position, event: id, reason };
}
