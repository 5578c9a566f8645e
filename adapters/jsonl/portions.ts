/** Which file each event goes to: another one for each UTC day, and when one is full. */
import type { ArchivedEvent } from "../../plugin/compliance/adapter.ts";
import type { End } from "./end.ts";

export interface Portion {
	readonly name: string;
	readonly events: readonly ArchivedEvent[];
}

/** The events in their order, cut where another file begins. A file gets the event that makes it full, and none after it. */
export function portions(
	events: readonly ArchivedEvent[],
	end: End,
	fileBytes: number,
): readonly Portion[] {
	const found: { name: string; events: ArchivedEvent[] }[] = [];
	let name = end.file?.name;
	let bytes = end.file?.bytes ?? 0;
	for (const event of events) {
		const day = event.at.slice(0, 10);
		// What is told late, of yesterday, goes behind what there is: names never step back.
		if (name === undefined || bytes >= fileBytes || day > name.slice(0, 10)) {
			name = nextName(name, day, event.position);
			bytes = 0;
		}
		if (found.at(-1)?.name !== name) found.push({ name, events: [] });
		found.at(-1)?.events.push(event);
		bytes += Buffer.byteLength(JSON.stringify(event)) + 1;
	}
	return found;
}

/** Above the one before, whatever comes: also after a position that is lower, which is retried or of another archive. */
function nextName(
	before: string | undefined,
	day: string,
	position: number,
): string {
	const dayBefore = before?.slice(0, 10) ?? "";
	const latest = day > dayBefore ? day : dayBefore;
	const number = Math.max(position, Number(before?.slice(11, 23) ?? 0) + 1);
	return `${latest}-${String(number).padStart(12, "0")}.jsonl`;
}
