/** What is posted: events with what they are a batch of, in pieces that a receiver takes. */
import type { ArchivedEvent } from "../../plugin/compliance/adapter.ts";

export interface Posted {
	/** What the configuration calls the adapter. */
	readonly adapter: string;
	readonly key: string;
	readonly replay: boolean;
	readonly events: readonly ArchivedEvent[];
}

/** Of the body itself; each event has a version of its own. */
const version = 1;
/** For everything around the events. */
const aroundBytes = 1_000;

export function bodyOf(posted: Posted): string {
	return JSON.stringify({ version, ...posted });
}

/** In their order. Only an event that is too big by itself makes a bigger body, alone. */
export function fittingPieces(
	events: readonly ArchivedEvent[],
	requestBytes: number,
): readonly (readonly ArchivedEvent[])[] {
	const pieces: ArchivedEvent[][] = [];
	let bytes = Number.POSITIVE_INFINITY;
	for (const event of events) {
		const more = Buffer.byteLength(JSON.stringify(event)) + 1;
		if (bytes + more > requestBytes) {
			pieces.push([]);
			bytes = aroundBytes;
		}
		pieces.at(-1)?.push(event);
		bytes += more;
	}
	return pieces;
}
