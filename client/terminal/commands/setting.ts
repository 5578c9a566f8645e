/** `/set WHAT VALUE`: what can be set of a room, and the words for it. */
import type { RoomFields } from "../../index.ts";
import type { Conversation } from "../conversation.ts";
import { harmlessLine } from "../harmless.ts";
import { changesOfRoom } from "../sentences.ts";
import { Misuse } from "../wording.ts";

/** What can be set, by the words for it. Throws `Misuse`. */
const fields: Readonly<
	Record<
		string,
		(
			value: string,
			conversation: Conversation,
		) => Promise<RoomFields> | RoomFields
	>
> = {
	name: (name) => ({ name }),
	description: (description) => ({ description }),
	privacy: (value) => ({
		privacy: oneOf("privacy", value, ["open", "closed", "secret"]),
	}),
	type: (value) => ({
		auditorium: oneOf("type", value, ["normal", "auditorium"]) === "auditorium",
	}),
	invitations: (value) => ({
		invitations: oneOf("invitations", value, ["on", "off"]) === "on",
	}),
	async category(value, { chat }) {
		const all = await chat.administration.categories();
		const found = all.find(
			({ name }) => name.toLowerCase() === value.toLowerCase(),
		);
		if (found) return { category: found.uri };
		const names = all.map(({ name }) => name).join(", ") || "none";
		throw new Misuse(
			`There is no category "${value}" where you may make rooms. There are: ${names}.`,
		);
	},
};

function oneOf<const Choice extends string>(
	what: string,
	value: string,
	choices: readonly Choice[],
): Choice {
	const found = choices.find((each) => each === value.toLowerCase());
	if (found !== undefined) return found;
	throw new Misuse(
		`/set ${what} takes ${choices.join(" or ")}, not "${value}".`,
	);
}

export async function set(conversation: Conversation, rest: string) {
	const [, word = "", value = ""] = /^(\S+)\s*(.*)$/s.exec(rest) ?? [];
	const what = word.toLowerCase();
	const field = Object.hasOwn(fields, what) ? fields[what] : undefined;
	if (field === undefined || (value === "" && what !== "description")) {
		throw new Misuse(
			`Say what, and what it is to be: /set ${Object.keys(fields).join("|")} VALUE.`,
		);
	}
	const { chat, managed } = conversation;
	const given = await field(value, conversation);
	const before = chat.joined.get(managed.uri)?.info;
	const room = await chat.administration.change(managed.uri, given);
	conversation.manage(room);
	// Whoever is in the room is told by a notice, too.
	if (before && changesOfRoom(before, room).length > 0) return;
	conversation.note(
		`${harmlessLine(room.name)}: ${what} is ${harmlessLine(value) || "empty"} now.`,
	);
}
