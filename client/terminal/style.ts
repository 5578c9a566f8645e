/** How things look: colours where the terminal has them, times, names, messages. */
import type { ChatMessage, Person, RoomInfo } from "../types.ts";
import { harmless, harmlessLine } from "./harmless.ts";

/** Legible on light and dark ground. */
const nameColours = [31, 32, 33, 34, 35, 36, 91, 92, 94, 95, 96];

export interface Style {
	bold(text: string): string;
	faint(text: string): string;
	alarm(text: string): string;
	/** The same name always has the same colour. */
	name(name: string, uri: string): string;
}

export function styleFor(colours: boolean): Style {
	const sgr = (code: number) => (text: string) =>
		colours ? `\x1b[${code}m${text}\x1b[0m` : text;
	return {
		bold: sgr(1),
		faint: sgr(2),
		alarm: sgr(31),
		name: (name, uri) => sgr(colourOf(uri))(harmlessLine(name)),
	};
}

function colourOf(uri: string): number {
	let hash = 0;
	for (const character of uri.toLowerCase()) {
		hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 65_521;
	}
	return nameColours[hash % nameColours.length] ?? 36;
}

/** `14:05`, with the day when it is not today. */
export function clock(at: Date, now: Date = new Date()): string {
	const two = (value: number) => String(value).padStart(2, "0");
	const time = `${two(at.getHours())}:${two(at.getMinutes())}`;
	if (at.toDateString() === now.toDateString()) return time;
	return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`;
}

/** Of a message's number, `#` included: with it the texts of a room stand in one column. */
const numberColumns = 4;
const indent = " ".repeat("12:00 ".length + numberColumns + 1);

/** `12:00  #17 Alice: text`; its further lines are set in, so that none can be taken for another message. */
export function messageLines(
	style: Style,
	{ text, author, alert, at, sequence }: ChatMessage,
	roomName?: string,
): string {
	const lines = harmless(text).replace(/[\n\u2028\u2029]/g, `\n${indent}`);
	const number = sequence === undefined ? "" : `#${sequence}`;
	const where = roomName ? style.faint(`[${harmlessLine(roomName)}] `) : "";
	const when = style.faint(`${clock(at)} ${number.padStart(numberColumns)}`);
	const who = style.name(author.name, author.uri);
	return `${when} ${where}${who}: ${alert ? style.alarm(`! ${lines}`) : lines}`;
}

/** Who is here; managers and presenters are marked. */
export function peopleLine(style: Style, people: Iterable<Person>): string {
	const names = [...people].map(
		({ name, uri, manager, presenter }) =>
			`${style.name(name, uri)}${manager ? " (manager)" : presenter ? " (presenter)" : ""}`,
	);
	return names.length === 0 ? "nobody that is listed" : names.join(", ");
}

export function roomLine(
	style: Style,
	room: RoomInfo,
	joined: boolean,
): string {
	const marks = [
		room.privacy && room.privacy !== "open" ? room.privacy : "",
		room.auditorium ? "auditorium" : "",
		room.participantCount === undefined ? "" : `${room.participantCount} here`,
		joined ? "joined" : "",
	].filter((mark) => mark !== "");
	const description = room.description
		? ` ${style.faint(harmlessLine(room.description))}`
		: "";
	return `  ${style.bold(harmlessLine(room.name))}${marks.length > 0 ? ` (${marks.join(", ")})` : ""}${description}`;
}
