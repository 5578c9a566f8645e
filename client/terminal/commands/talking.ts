/** Commands about what is said in rooms, and who is there to hear it. */

import type { Conversation } from "../conversation.ts";
import { peopleLine } from "../style.ts";
import { Misuse, numbersOf, searchOf, windowOf } from "../wording.ts";
import type { TypedCommand } from "./command.ts";

export const talking: readonly TypedCommand[] = [
	{
		word: "who",
		does: "who is in this room",
		run: who,
	},
	{
		word: "history",
		takes: "[N]",
		does: "the last N messages; /history N before 141 (around, after): beside number 141",
		run: history,
	},
	{
		word: "search",
		takes: "WORDS",
		does: 'messages with all the words, in the rooms you are in; "in quotes": in a row',
		run: search,
	},
	{
		word: "alert",
		takes: "TEXT",
		does: "post with high importance",
		run(conversation, text) {
			if (text === "") throw new Misuse("Write what to post: /alert TEXT.");
			return conversation.post(text, true);
		},
	},
	{
		word: "delete",
		takes: "N …",
		does: "administrators: delete messages of this room, e.g. 12 15-17",
		async run({ chat, here, note }, rest) {
			const numbers = numbersOf(rest);
			if (numbers === undefined) {
				throw new Misuse("Say which messages: /delete 12 15-17.");
			}
			const count = await chat.deleteMessages(here.info.uri, numbers);
			note(`${counted(count)} deleted.`);
		},
	},
	{
		word: "replace",
		takes: "N TEXT",
		does: "administrators: put a text in the place of message N (or 15-17)",
		async run({ chat, here, note }, rest) {
			const [, which = "", text = ""] = /^(\S+)\s+(.+)$/s.exec(rest) ?? [];
			const numbers = numbersOf(which);
			if (numbers === undefined) {
				throw new Misuse(
					"Say which message, and what is to be there: /replace 12 TEXT.",
				);
			}
			const count = await chat.replaceMessages(here.info.uri, numbers, text);
			note(`${counted(count)} replaced.`);
		},
	},
];

function counted(count: number): string {
	if (count === 0) return "No message of these numbers is there: none was";
	return count === 1 ? "One message was" : `${count} messages were`;
}

/** In a large room the list is not told: it is asked for, and not shown whole. */
async function who({ chat, here, style, happened }: Conversation) {
	const { info, people } = here;
	if (!info.rosterHidden) {
		return happened(here, `here are ${peopleLine(style, people.values())}`);
	}
	const page = await chat.participants(info.uri);
	const others = page.count - page.people.length;
	const rest = others > 0 ? `, and ${others} more` : "";
	happened(here, `here are ${peopleLine(style, page.people)}${rest}`);
}

async function history(conversation: Conversation, rest: string) {
	const { here } = conversation;
	const which = windowOf(rest.split(/\s+/).filter((word) => word !== ""));
	if ((await conversation.showHistory(here, which)) > 0) return;
	conversation.happened(
		here,
		here.info.history === false
			? "this room keeps no history that could be read back"
			: "there is no such message",
	);
}

async function search(conversation: Conversation, text: string) {
	const { chat, note } = conversation;
	const rooms = [...chat.joined.keys()];
	if (rooms.length === 0) throw new Misuse("You are in no room: /join one.");
	const found = await chat.search({ ...searchOf(text), rooms });
	for (const message of found.messages) conversation.show(message);
	if (found.messages.length === 0) note("Nobody has said that here.");
	if (found.more) note("There are more: say more words.");
}
