/** What an administrator does to messages, and how everybody hears of it: messages are named by runs of numbers. */
import {
	children,
	element,
	optionalAttribute,
	type XmlElement,
} from "../plugin/xccos/xml.ts";
import type { Exchange } from "./exchange.ts";
import type { NumberRun } from "./types.ts";
import { encodeCommand } from "./xccos/envelope.ts";
import {
	filled,
	firstChild,
	named,
	textWithLf,
	wholeNumber,
} from "./xccos/read.ts";

/** One line of XML is one line of SIP, and SIP servers limit lines: 8,192 bytes at drachtio. */
const runsPerCommand = 150;
/** What the service takes at once. */
const numbersPerCommand = 1_000;

/** Resolves with how many were there. `text`: what they are to read; the service has a sentence of its own. */
export async function moderate(
	exchange: Exchange,
	id: "chatdelete" | "chatreplace",
	room: string,
	numbers: readonly number[],
	text?: string,
): Promise<number> {
	let count = 0;
	const chat = text === undefined ? [] : [element("chat", {}, text)];
	for (const runs of batchesOf(numbers)) {
		const msgs = runs.map(({ first, last }) =>
			element("msg", { chatId: first, through: last }),
		);
		const [reply] = await exchange.command(id, (envid) =>
			encodeCommand(
				envid,
				id,
				element("chanib", { uri: room }, ...chat, ...msgs),
			),
		);
		const [chanib] = named(reply?.data ?? [], "chanib");
		count += (chanib && wholeNumber(optionalAttribute(chanib, "count"))) ?? 0;
	}
	return count;
}

function batchesOf(numbers: readonly number[]): NumberRun[][] {
	const sorted = [...new Set(numbers)].sort((a, b) => a - b);
	const batches: NumberRun[][] = [];
	for (let start = 0; start < sorted.length; start += numbersPerCommand) {
		const runs = runsOf(sorted.slice(start, start + numbersPerCommand));
		for (let from = 0; from < runs.length; from += runsPerCommand) {
			batches.push(runs.slice(from, from + runsPerCommand));
		}
	}
	return batches;
}

function runsOf(sorted: readonly number[]): NumberRun[] {
	const runs: { first: number; last: number }[] = [];
	for (const each of sorted) {
		const run = runs.at(-1);
		if (run?.last === each - 1) run.last = each;
		else runs.push({ first: each, last: each });
	}
	return runs;
}

/** `ntc:chatdelete`, `ntc:chatmodify`: for each room which messages, and what they read now. */
export function readModerated(data: readonly XmlElement[]): readonly {
	readonly room: string;
	readonly runs: readonly NumberRun[];
	readonly text: string;
}[] {
	return named(data, "chanib").flatMap((chanib) => {
		const room = filled(chanib, "uri");
		const runs = children(chanib, "msg").flatMap((msg) => {
			const first = wholeNumber(optionalAttribute(msg, "chatId"));
			const last = wholeNumber(optionalAttribute(msg, "through")) ?? first;
			return first === undefined || last === undefined || last < first
				? []
				: [{ first, last }];
		});
		const text = textWithLf(firstChild(chanib, "chat"));
		return room === undefined || runs.length === 0
			? []
			: [{ room, runs, text }];
	});
}
