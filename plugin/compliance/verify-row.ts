/** Whether one archived event is what its hash was made of, and follows the one before it in its chain. */
import type { EventRecord } from "./archived.ts";
import { chainHash } from "./chain.ts";
import type { EvidenceRow } from "./evidence.ts";

/** Where the archive is first not what it was, and in what. */
export interface Fault {
	/** A sentence. */
	readonly wrong: string;
	readonly position?: number;
	/** The room's id, or empty for what is of no room. */
	readonly chain?: string;
	/** In the chain. */
	readonly number?: number;
	/** The event's id, as it now says. */
	readonly event?: string;
}

/** Thrown by whatever finds the first fault. */
export class Broken extends Error {
	override readonly name = "Broken";
	readonly fault: Fault;

	constructor(fault: Fault) {
		super(fault.wrong);
		this.fault = fault;
	}
}

export interface Link {
	readonly number: number;
	readonly hash: string;
}

type Linked = Pick<
	EvidenceRow,
	"position" | "event_id" | "room_id" | "number" | "previous" | "hash"
>;

export function faultAt(row: Linked, wrong: string): Broken {
	const { position, room_id, number, event_id } = row;
	return new Broken({
		wrong,
		position,
		chain: room_id,
		number,
		event: event_id,
	});
}

/** Throws `Broken`. */
export function checkOwnHash(row: Linked, text: string): void {
	if (row.hash === chainHash(row.previous, text)) return;
	throw faultAt(
		row,
		"Its hash is not that of its text and of the hash before: it was altered.",
	);
}

/** `before`: the event before it in its chain. Throws `Broken`. */
export function checkLink(row: Linked, before: Link): void {
	if (row.number !== before.number + 1) {
		throw faultAt(
			row,
			row.number > before.number
				? `In its room number ${before.number + 1} is missing before it.`
				: `Its number was given in its room before: the room was at ${before.number}.`,
		);
	}
	if (row.previous !== before.hash) {
		throw faultAt(
			row,
			`It does not follow what is now number ${before.number} of its room: one of the two was altered, put in or exchanged.`,
		);
	}
}

/** What is looked for by is what the event says. Throws `Broken`. */
export function checkColumns(row: EvidenceRow): void {
	const record = recordIn(row);
	const said = {
		event_id: record.id,
		room_id: record.room?.id ?? "",
		type: record.type,
		at: Date.parse(record.at),
		sequence: record.type === "posted" ? record.message.sequence : null,
	};
	for (const [column, value] of Object.entries(said)) {
		if (row[column as keyof typeof said] === value) continue;
		throw faultAt(row, `Its column ${column} says otherwise than its text.`);
	}
}

function recordIn(row: EvidenceRow): EventRecord {
	try {
		const record = JSON.parse(row.record) as EventRecord;
		if (typeof record === "object" && record !== null) return record;
	} catch {
		// Said below.
	}
	throw faultAt(row, "Its text is no event.");
}
