/** What the file of a batch is called: again the same when the batch comes again, and sorted as the archive is. */
import type { ArchivedEvent } from "../plugin/compliance/adapter.ts";

/** Up to here names sort as their numbers do: 1,000 events a second for 30 years. */
const digits = 12;

/**
 * Like `archive-000000000042-20260302T090000000Z`: by the adapter, so that several can share a folder, and by the first event
 * alone: a batch that comes again may have more behind it and is then written over. What the operator asks for once more
 * never takes the place of what there is: its name ends with `-to-<last position>-replay`. `part` is put behind the instant: at
 * most 64 letters, digits, `-`.
 */
export function outputName(
	adapter: string,
	events: readonly ArchivedEvent[],
	replay: boolean,
	part = "",
): string {
	const [first] = events;
	const last = events.at(-1);
	if (first === undefined || last === undefined) {
		throw new Error("What is empty has no name.");
	}
	return [
		adapter,
		padded(first.position),
		first.at.replace(/[^0-9TZ]/g, ""),
		...(part === "" ? [] : [part]),
		...(replay ? ["to", padded(last.position), "replay"] : []),
	].join("-");
}

function padded(position: number): string {
	return String(position).padStart(digits, "0");
}
