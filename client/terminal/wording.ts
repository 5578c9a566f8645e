/** The words of the terminal chat: its help, what was typed wrong, errors and numbers as sentences. */
import {
	ChatDisconnected,
	ChatRefused,
	type FollowedRoom,
	type MessageSearch,
	type MessagesBeside,
	type NumberRun,
} from "../index.ts";
import { refusalText } from "./harmless.ts";

export const commandHelp = `Type a line to post it. Commands:
  /who             who is in this room
  /rooms [WORDS]   the rooms you may see
  /join ROOM       enter a room and write in it from now on
  /part            leave this room
  /follow [ROOM]   hear of this room (or another) whenever you are not in it, and enter it at each start
  /unfollow [ROOM] do not any more
  /followed        the rooms you follow, and what is new there
  /history [N]     show the last N messages again; /history N before 141 (or around, after) those beside number 141
  /search WORDS    messages with all the words, in the rooms you have joined; "in quotes": in a row
  /alert TEXT      post with high importance
  /help            this text
  /quit            leave (so do Ctrl-D and Ctrl-C)
A line that begins with // posts what follows the first stroke.`;

export const defaultHistory = 25;

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

/** `a message`, `3 messages`: at most as many as the runs are long. */
export function messagesText(runs: readonly NumberRun[]): string {
	const count = runs.reduce(
		(sum, { first, last }) => sum + last - first + 1,
		0,
	);
	return count === 1 ? "a message" : `${count} messages`;
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
