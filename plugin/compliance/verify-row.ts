/** Whether one archived event is what its hash was made of, and follows the one before it in its chain. */
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

export type Linked = Pick<
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
	const { type } = record;
	const said = {
		event_id: record.id,
		room_id: fieldOf(record.room, "id") ?? "",
		type,
		at: typeof record.at === "string" ? Date.parse(record.at) : undefined,
		sequence: type === "posted" ? fieldOf(record.message, "sequence") : null,
	};
	for (const [column, value] of Object.entries(said)) {
		if (row[column as keyof typeof said] === value) continue;
		throw faultAt(row, `Its column ${column} says otherwise than its text.`);
	}
}

/** It may be anything. */
function recordIn(row: EvidenceRow): Readonly<Record<string, unknown>> {
	try {
		const record: unknown = JSON.parse(row.record);
		if (isObject(record)) return record;
	} catch {
		// Said below.
	}
	throw faultAt(row, "Its text is no event.");
}

function fieldOf(value: unknown, name: string): unknown {
	return isObject(value) ? value[name] : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
	return typeof value === "object" && value !== null;
}
