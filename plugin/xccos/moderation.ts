/**
 * Messages named by their numbers, as administrators name them and as clients are told that they are others now. The names are
 * ours: `<msg chatId="3"/>` is one message, `<msg chatId="5" through="9"/>` are five.
 */
import { ChatError } from "../errors.ts";
import type { RoomEvent } from "../rooms/events.ts";
import { roomUriOf } from "./elements.ts";
import { blockOf, type Notice } from "./notices.ts";
import { splitElements } from "./split.ts";
import {
	attribute,
	children,
	element,
	optionalAttribute,
	type XmlElement,
} from "./xml.ts";

/** What one command may name. */
const maxNamed = 1_000;

/** The numbers that the `<msg>`s name, each once. Throws `malformed`, `too-large`. */
export function decodeNumbers(chanib: XmlElement): readonly number[] {
	const named = new Set<number>();
	for (const msg of children(chanib, "msg")) {
		const first = numberOf(attribute(msg, "chatId"));
		const last = numberOf(optionalAttribute(msg, "through") ?? String(first));
		if (last < first || last - first >= maxNamed) throw tooMany();
		for (let each = first; each <= last; each++) named.add(each);
		if (named.size > maxNamed) throw tooMany();
	}
	if (named.size === 0) {
		throw new ChatError(
			"malformed",
			'Name the messages: <msg chatId="3"/>, or <msg chatId="5" through="9"/>.',
		);
	}
	return [...named];
}

function numberOf(text: string): number {
	if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
	throw new ChatError(
		"malformed",
		"A message's chatId is a whole number, 1 or more.",
	);
}

function tooMany(): ChatError {
	return new ChatError(
		"too-large",
		`One command names 1 to ${maxNamed} messages, the lower number first.`,
	);
}

type Withdrawn = Extract<RoomEvent, { type: "deleted" | "replaced" }>;

/** What the numbers of one block may take. */
const numbersBytes = 1_500;

/** `ntc:chatdelete`; `ntc:chatmodify` with what the messages read now. */
export function withdrawnNotice(domain: string, event: Withdrawn): Notice {
	const uri = roomUriOf(domain, event.room);
	const text =
		event.type === "replaced" ? [element("chat", {}, event.text)] : [];
	const groups = splitElements(encodeNumbers(event.sequences), numbersBytes);
	return {
		id: event.type === "deleted" ? "ntc:chatdelete" : "ntc:chatmodify",
		blocks: groups.map((some) =>
			blockOf([event.room], () => element("chanib", { uri }, ...text, ...some)),
		),
	};
}

function encodeNumbers(sequences: readonly number[]): XmlElement[] {
	const runs: { first: number; last: number }[] = [];
	for (const each of [...sequences].sort((a, b) => a - b)) {
		const run = runs.at(-1);
		if (run?.last === each - 1) run.last = each;
		else runs.push({ first: each, last: each });
	}
	return runs.map(({ first, last }) =>
		element("msg", {
			chatId: first,
			through: last > first ? last : undefined,
		}),
	);
}
