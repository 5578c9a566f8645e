/** Which file each event goes to: another one for each UTC day, and when one is full. */
import type { ArchivedEvent } from "../../plugin/compliance/adapter.ts";
import type { End } from "./end.ts";

export interface LineOfEvent
	extends Readonly<Pick<ArchivedEvent, "at" | "position">> {
	/** With the line feed. */
	readonly text: string;
}

export interface Portion {
	readonly name: string;
	readonly lines: readonly LineOfEvent[];
}

export function lineOf(event: ArchivedEvent): LineOfEvent {
	const { at, position } = event;
	return { at, position, text: `${JSON.stringify(event)}\n` };
}

/** The lines in their order, cut where another file begins. A file gets the line that makes it full, and none after it. */
export function portions(
	lines: readonly LineOfEvent[],
	end: End,
	{ fileBytes, run }: { readonly fileBytes: number; readonly run: string },
): readonly Portion[] {
	const found: { name: string; lines: LineOfEvent[] }[] = [];
	let name = end.file?.name;
	// Another's file is as good as full.
	let bytes = end.file?.own === false ? fileBytes : (end.file?.bytes ?? 0);
	for (const line of lines) {
		const day = line.at.slice(0, 10);
		// What is told late, of yesterday, goes behind what there is: names never step back.
		if (name === undefined || bytes >= fileBytes || day > name.slice(0, 10)) {
			name = `${nextName(name, day, line.position)}-${run}.jsonl`;
			bytes = 0;
		}
		if (found.at(-1)?.name !== name) found.push({ name, lines: [] });
		found.at(-1)?.lines.push(line);
		bytes += Buffer.byteLength(line.text);
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
	return `${latest}-${String(number).padStart(12, "0")}`;
}
