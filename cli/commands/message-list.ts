/** `persistent-chat message list`: what was said in a room, with the numbers that other commands take. */
import type { MessageView } from "../operations/views.ts";
import type { Command } from "./command.ts";
import { table, userText } from "./table.ts";

export const dates = {
	from: {
		value: "DATE",
		text: "posted then or later: 2026-11-22, or 2026-11-22T14:00",
	},
	before: { value: "DATE", text: "posted earlier than then" },
} as const;

export const messageList: Command = {
	words: ["message", "list"],
	summary:
		"Show what was said in a room, with the numbers that delete and replace take",
	takes: "NAME|ID",
	flags: {
		last: {
			value: "N",
			text: "so many, the newest ones (default: 25; at most 500)",
		},
		from: dates.from,
		before: dates.before,
		below: { value: "N", text: "with a smaller number than this" },
	},
	examples: [
		"message list Lobby",
		"message list Lobby --from 2026-11-22 --last 500 --json",
	],
	async run(given, context) {
		const { messages, more } = await context.ask("message/list", {
			room: given.argument(0, "NAME"),
			last: given.number("last", 500),
			from: given.date("from"),
			before: given.date("before"),
			below: given.number("below"),
		});
		context.show(messages, () => messagesText(messages, more));
	},
};

function messagesText(messages: readonly MessageView[], more: boolean): string {
	const rows = messages.map(({ number, at, author, text, ...is }) => [
		String(number).padStart("NUMBER".length),
		localTime(new Date(at)),
		userText(author.uri),
		`${is.alert ? "! " : ""}${is.replaced ? "(replaced) " : ""}${text}`,
	]);
	const headings = ["NUMBER", "POSTED", "AUTHOR", "TEXT"];
	const text = table(headings, rows, "There is no such message.");
	const first = messages[0]?.number;
	return more
		? `${text}\nThere are older ones: --below ${first} shows them.`
		: text;
}

/** `2026-11-22 14:05:09`, in this machine's time zone, as dates are read. */
function localTime(at: Date): string {
	const two = (value: number) => String(value).padStart(2, "0");
	const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())];
	const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two);
	return `${day.join("-")} ${time.join(":")}`;
}
