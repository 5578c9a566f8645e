/** The words of the terminal chat: what was typed wrong, errors and numbers as sentences. */
import {
	ChatDisconnected,
	ChatRefused,
	type FollowedRoom,
	type MessageSearch,
	type MessagesBeside,
	type NumberRun,
} from "../index.ts";
import { refusalText } from "./harmless.ts";

export const defaultHistory = 25;
/** Runs of numbers that a sentence names. */
const maxRuns = 5;
/** Messages that one command names. */
const maxNumbers = 10_000;

/** What was typed makes no sense; the message says what would. */
export class Misuse extends Error {}

/** An error in words for the person at the terminal. */
export function explain(error: unknown): string {
	if (error instanceof ChatDisconnected) {
		return `Not connected now: ${error.message}`;
	}
	if (error instanceof ChatRefused) return refusalText(error.text);
	return error instanceof Error ? error.message : String(error);
}

/** `3 new messages, 1 for you`. */
export function unreadText({ unread }: FollowedRoom): string {
	const { count = 0, addressed = 0 } = unread ?? {};
	const messages = count === 1 ? "1 new message" : `${count} new messages`;
	return addressed > 0 ? `${messages}, ${addressed} for you` : messages;
}

/** `message 12`, `messages 12, 15-17`; of very many only how many there are at most. */
export function runsText(runs: readonly NumberRun[]): string {
	const count = runs.reduce(
		(sum, { first, last }) => sum + last - first + 1,
		0,
	);
	if (runs.length > maxRuns) return `${count} messages`;
	const numbers = runs.map(({ first, last }) =>
		first === last ? `${first}` : `${first}-${last}`,
	);
	return `${count === 1 ? "message" : "messages"} ${numbers.join(", ")}`;
}

/** `12 #15-17`, commas allowed: the numbers, each once; undefined for anything else, and for more than 10,000. */
export function numbersOf(text: string): readonly number[] | undefined {
	const numbers = new Set<number>();
	for (const word of text.split(/[\s,]+/).filter((each) => each !== "")) {
		const run = /^#?(\d{1,15})(?:-#?(\d{1,15}))?$/.exec(word);
		if (run === null) return undefined;
		const first = Number(run[1]);
		const last = Number(run[2] ?? first);
		const isRun = first > 0 && last >= first && last - first < maxNumbers;
		if (!isRun) return undefined;
		for (let each = first; each <= last; each += 1) numbers.add(each);
		if (numbers.size > maxNumbers) return undefined;
	}
	return numbers.size === 0 ? undefined : [...numbers];
}

/** Throws `Misuse`. */
function countOf(word: string | undefined): number {
	const count = Number(word ?? defaultHistory);
	if (Number.isInteger(count) && count > 0) return count;
	throw new Misuse("Say how many messages: /history 50.");
}

/** `50`, `50 before 141`. Throws `Misuse`. */
export function windowOf(words: readonly string[]): number | MessagesBeside {
	const [first, side, number] = words;
	const count = countOf(first);
	if (side === undefined) return count;
	const sequence = Number(number?.replace(/^#/, ""));
	const known = side === "before" || side === "around" || side === "after";
	if (known && Number.isInteger(sequence) && sequence > 0) {
		return { side, sequence, count };
	}
	throw new Misuse("Say beside which message: /history 50 before 141.");
}

/** Words in quotes are one phrase. */
export function searchOf(text: string): Pick<MessageSearch, "words" | "match"> {
	if (text === "") throw new Misuse("Say what to look for: /search WORDS.");
	const quoted = /^"(.+)"$/.exec(text)?.[1];
	return quoted === undefined
		? { words: text }
		: { words: quoted, match: "phrase" };
}
