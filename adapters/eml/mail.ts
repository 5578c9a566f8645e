/** Conversations as mails: who is on them, what they are called, and where one is cut because it would be too big. */
import { createHash } from "node:crypto";
import {
	type ArchivedEvent,
	type ArchivedRoom,
	type Person,
	Undeliverable,
} from "../../plugin/compliance/adapter.ts";
import { makeTurns } from "../turns.ts";
import { htmlRow, textLines } from "./transcript.ts";

export interface Conversation {
	/** What the configuration calls the adapter. */
	readonly adapter: string;
	/** Undefined: what is of no room. */
	readonly room: ArchivedRoom | undefined;
	/** Who was in the room before. */
	readonly present: readonly Person[];
	/** Of this room, in order; never empty. */
	readonly events: readonly ArchivedEvent[];
}

export interface Mail extends Conversation {
	/** Of the whole conversation: what a file of the mail is named after. */
	readonly conversation: readonly ArchivedEvent[];
	/** Everybody who was there, each once; never empty. */
	readonly participants: readonly Person[];
	/** 1 … `parts` */
	readonly part: number;
	readonly parts: number;
	/** The same for the same events; without angle brackets. */
	readonly messageId: string;
}

/** Headers and what surrounds the transcript. */
const aroundBytes = 8_000;
const participantBytes = 1_000;
const attachmentBytes = 2_000;
/** Base64 in lines of 76. */
const encoded = 1.38;

/** Throws `Undeliverable` for an event that is too big for a mail by itself. */
export async function mailsOf(
	conversation: Conversation,
	mailBytes: number,
): Promise<readonly Mail[]> {
	const { adapter, events } = conversation;
	const participants = participantsOf(conversation);
	const around = aroundBytes + participants.length * participantBytes;
	const parts = await partsOf(
		events,
		Math.max(mailBytes - around, mailBytes / 2),
	);
	return parts.map((of, index) => ({
		...conversation,
		conversation: events,
		events: of,
		participants,
		part: index + 1,
		parts: parts.length,
		messageId: messageIdOf(adapter, of),
	}));
}

async function partsOf(
	events: readonly ArchivedEvent[],
	partBytes: number,
): Promise<readonly (readonly ArchivedEvent[])[]> {
	const takeTurns = makeTurns();
	const parts: ArchivedEvent[][] = [];
	let bytes = Number.POSITIVE_INFINITY;
	for (const event of events) {
		await takeTurns();
		const more = bytesOf(event);
		if (more > partBytes) {
			throw new Undeliverable(
				`It is too big for a mail: it needs about ${more} bytes. Raise mailBytes, then retry.`,
				[event.id],
			);
		}
		if (bytes + more > partBytes) {
			parts.push([]);
			bytes = 0;
		}
		parts.at(-1)?.push(event);
		bytes += more;
	}
	return parts;
}

/** In a mail, encoded: its lines, its JSON, its file. */
function bytesOf(event: ArchivedEvent): number {
	const texts = [textLines(event), htmlRow(event), JSON.stringify(event)];
	const written = texts.reduce((sum, each) => sum + Buffer.byteLength(each), 0);
	const file =
		event.type === "uploaded" ? event.file.bytes + attachmentBytes : 0;
	return Math.ceil((written + file) * encoded);
}

/** Whoever did the first thing is first. */
function participantsOf({ present, events }: Conversation): readonly Person[] {
	const [first, ...others] = events.map(({ actor }) => actor);
	const people = new Map<string, Person>();
	for (const each of [...(first ? [first] : []), ...present, ...others]) {
		if (!people.has(each.uri)) people.set(each.uri, each);
	}
	return [...people.values()];
}

/** A receiver that knows it drops a repeat; with other events it is another mail. */
function messageIdOf(
	adapter: string,
	events: readonly ArchivedEvent[],
): string {
	const ids = events.map(({ id }) => id).join();
	const hash = createHash("sha256").update(`${adapter}\n${ids}`).digest("hex");
	return `${hash.slice(0, 40)}@persistent-chat.invalid`;
}
