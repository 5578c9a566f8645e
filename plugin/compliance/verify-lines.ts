/**
 * The files of the adapter jsonl, each line against the one before in its chain. Nothing in them is signed: whoever alters one
 * event and makes all later hashes of its room anew is not found here, nor is who cuts off the end.
 */
import type { ArchivedEvent } from "./archived.ts";
import {
	Broken,
	checkLink,
	checkOwnHash,
	type Fault,
	faultAt,
	type Link,
} from "./verify-row.ts";

export interface Line {
	readonly file: string;
	/** 1, 2, 3 … in the file. */
	readonly line: number;
	readonly text: string;
}

export interface LinesVerdict {
	/** Events before the first fault, or all of them. */
	readonly sound: number;
	readonly chains: number;
	/** Chains whose first events are not in these files. */
	readonly beginLater: number;
	readonly broken:
		| (Fault & { readonly file: string; readonly line: number })
		| undefined;
}

export async function verifyLines(
	lines: AsyncIterable<Line>,
	onVerified: (events: number) => void = () => {},
): Promise<LinesVerdict> {
	const chains = new Map<string, Link>();
	let position = 0;
	let sound = 0;
	let beginLater = 0;
	let broken: LinesVerdict["broken"];
	for await (const { file, line, text } of lines) {
		try {
			const row = rowOf(text);
			if (row.position <= position) {
				throw faultAt(row, `It stands behind position ${position}.`);
			}
			checkOwnHash(row, row.record);
			const before = chains.get(row.room_id);
			if (before !== undefined) checkLink(row, before);
			else if (row.number > 1) beginLater += 1;
			chains.set(row.room_id, row);
			position = row.position;
		} catch (error) {
			if (!(error instanceof Broken)) throw error;
			broken = { ...error.fault, file, line };
			break;
		}
		sound += 1;
		if (sound % 1_000 === 0) onVerified(sound);
	}
	return { sound, chains: chains.size, beginLater, broken };
}

function rowOf(text: string) {
	const { position, evidence, ...record } = eventIn(text);
	const { chain, number, previous, hash } = evidence ?? {};
	if (
		!Number.isSafeInteger(position) ||
		!Number.isSafeInteger(number) ||
		(record.room?.id ?? "") !== chain
	) {
		throw new Broken({ wrong: "The line is no event of the adapter jsonl." });
	}
	return {
		position,
		event_id: record.id,
		room_id: chain,
		number,
		previous,
		hash,
		record: JSON.stringify(record),
	};
}

function eventIn(text: string): ArchivedEvent {
	try {
		const event = JSON.parse(text) as ArchivedEvent;
		if (typeof event === "object" && event !== null) return event;
	} catch {
		// Said below.
	}
	throw new Broken({ wrong: "The line is no JSON." });
}
