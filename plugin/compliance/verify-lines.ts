/**
 * The files of the adapter jsonl, each line against the one before in its chain. Nothing in them is signed: whoever alters one
 * event and makes all later hashes of its room anew is not found here, nor is who cuts off the end. What is not there, and what is
 * there twice, is told apart from what was altered: both have innocent reasons.
 */
import type { ArchivedEvent } from "./archived.ts";
import { noHash } from "./chain.ts";
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
	/** No line feed is behind it: a crash has torn it, or it is being written; it was never acknowledged. */
	readonly torn: boolean;
}

export interface LineFault extends Fault {
	readonly file: string;
	readonly line: number;
}

export interface LinesVerdict {
	/** Events before the first fault, or all of them; each once. */
	readonly sound: number;
	readonly chains: number;
	/** Chains whose first events are not in these files. */
	readonly beginLater: number;
	/** Events that are not here between others of their room, as an adapter with `only` leaves them out; the first place. */
	readonly missing: number;
	readonly firstHole: LineFault | undefined;
	/** Lines whose event was there before, the same: delivered again after a failure. */
	readonly repeated: number;
	readonly torn: number;
	/** How many archives these are of: more than one where it was begun anew between two files. */
	readonly archives: number;
	/** Where the second of them begins. */
	readonly begunAnew: Pick<LineFault, "file" | "line"> | undefined;
	/** Something was altered, put in or exchanged. */
	readonly broken: LineFault | undefined;
}

/** Repeats are compared with so many events before them; those of what is longer ago prove themselves by their own hash alone. */
const remembered = 100_000;

type Row = ReturnType<typeof rowOf>;

export async function verifyLines(
	lines: AsyncIterable<Line>,
	onVerified: (events: number) => void = () => {},
): Promise<LinesVerdict> {
	const chains = new Map<string, Link>();
	const hashes = new Map<string, string>();
	const count = { sound: 0, beginLater: 0, missing: 0, repeated: 0, torn: 0 };
	let position = 0;
	let earlier = 0;
	let archives = 1;
	let begunAnew: Pick<LineFault, "file" | "line"> | undefined;
	let firstHole: LineFault | undefined;
	let broken: LineFault | undefined;

	/** What came before is another archive's: nothing here follows on it. */
	function beginAnew(): void {
		earlier += chains.size;
		chains.clear();
		hashes.clear();
		position = 0;
		archives += 1;
	}

	function check(row: Row): Fault | undefined {
		checkOwnHash(row, row.record);
		const before = chains.get(row.room_id);
		if (before !== undefined && row.number <= before.number) {
			checkRepeat(row, hashes.get(keyOf(row)));
			count.repeated += 1;
			return undefined;
		}
		if (row.position <= position) {
			throw faultAt(row, `It stands behind position ${position}.`);
		}
		const hole = before === undefined ? 0 : row.number - before.number - 1;
		if (before === undefined) count.beginLater += row.number > 1 ? 1 : 0;
		else if (hole === 0) checkLink(row, before);
		chains.set(row.room_id, row);
		remember(hashes, row);
		position = row.position;
		count.missing += hole;
		count.sound += 1;
		return hole === 0 ? undefined : holeBefore(row, hole);
	}

	for await (const { file, line, text, torn } of lines) {
		if (torn) {
			count.torn += 1;
			continue;
		}
		try {
			const row = rowOf(text);
			if (line === 1 && isFirstOfAnother(row, position, hashes)) {
				beginAnew();
				begunAnew ??= { file, line };
			}
			const hole = check(row);
			if (hole !== undefined) firstHole ??= { ...hole, file, line };
		} catch (error) {
			if (!(error instanceof Broken)) throw error;
			broken = { ...error.fault, file, line };
			break;
		}
		if (count.sound % 1_000 === 0) onVerified(count.sound);
	}
	return {
		...count,
		chains: earlier + chains.size,
		archives,
		begunAnew,
		firstHole,
		broken,
	};
}

/** At the start of a file, for each start of the service has its own: the very first event of an archive, and not the one that was here. */
function isFirstOfAnother(
	row: Row,
	position: number,
	hashes: ReadonlyMap<string, string>,
): boolean {
	return (
		row.position <= position &&
		row.number === 1 &&
		row.previous === noHash &&
		hashes.get(keyOf(row)) !== row.hash
	);
}

function keyOf({ room_id, number }: Row): string {
	return `${room_id} ${number}`;
}

function remember(hashes: Map<string, string>, row: Row): void {
	hashes.set(keyOf(row), row.hash);
	const [oldest] = hashes.size > remembered ? hashes.keys() : [];
	if (oldest !== undefined) hashes.delete(oldest);
}

/** Throws `Broken`. */
function checkRepeat(row: Row, hash: string | undefined): void {
	if (hash === undefined || hash === row.hash) return;
	throw faultAt(
		row,
		"Its number was given in its room to another event before: one of the two was altered or put in.",
	);
}

function holeBefore(row: Row, events: number): Fault {
	return faultAt(
		row,
		`${events === 1 ? "An event" : `${events} events`} of its room before it ${events === 1 ? "is" : "are"} not here.`,
	).fault;
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
