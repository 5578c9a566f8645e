/** The lines that are typed: what is posted, and every command, in the order in which /help shows them. */
import type { Conversation } from "../conversation.ts";
import { harmlessLine } from "../harmless.ts";
import { clock } from "../style.ts";
import { explain, Misuse } from "../wording.ts";
import type { TypedCommand } from "./command.ts";
import { managing } from "./managing.ts";
import { rooms } from "./rooms.ts";
import { talking } from "./talking.ts";

const others: readonly TypedCommand[] = [
	{
		word: "web",
		does: "a link that signs you in at the web page, once",
		run: showWebLink,
	},
	{
		word: "help",
		does: "this text",
		run: ({ screen }) => screen.print(commandHelp()),
	},
	{
		word: "quit",
		does: "leave (so do Ctrl-D and Ctrl-C)",
		run: ({ quit }) => quit(),
	},
];

export const commands: readonly TypedCommand[] = [
	...talking,
	...rooms,
	...managing,
	...others,
];

/** Does what a typed line says; never rejects. */
export async function take(
	conversation: Conversation,
	line: string,
): Promise<void> {
	try {
		await obey(conversation, line);
	} catch (error) {
		conversation.complain(explain(error));
	}
}

async function obey(conversation: Conversation, line: string): Promise<void> {
	if (line.trim() === "") return;
	if (!line.startsWith("/")) return conversation.post(line, false);
	if (line.startsWith("//")) return conversation.post(line.slice(1), false);
	const [, word = "", rest = ""] = /^\/\s*(\S*)(.*)$/s.exec(line) ?? [];
	const command = commands.find((each) => each.word === word.toLowerCase());
	if (command === undefined) {
		throw new Misuse(`There is no /${word}: see /help.`);
	}
	await command.run(conversation, rest.trim());
}

async function showWebLink({ chat, screen, note }: Conversation) {
	const { url, expiresAt } = await chat.webLink();
	note(`Open this before ${clock(expiresAt)}; keep it to yourself:`);
	// On a line of its own, so that terminals make it a link.
	screen.print(harmlessLine(url));
}

function commandHelp(): string {
	return [
		"Type a line to post it; one that begins with // is posted without the first stroke. Commands:",
		...[talking, rooms, managing, others].flatMap((some) => helpOf(some)),
	].join("\n");
}

function helpOf(some: readonly TypedCommand[]): readonly string[] {
	return some.map(({ word, takes, does }) => {
		const usage = takes === undefined ? `/${word}` : `/${word} ${takes}`;
		return `  ${usage.padEnd(26)} ${does}`;
	});
}
