/** Commands about rooms: which there are, entering, leaving and following them. */
import { ChatRefused, type RoomInfo } from "../../index.ts";
import { type Conversation, nameOf } from "../conversation.ts";
import { harmlessLine } from "../harmless.ts";
import { demandRoom, idOf } from "../naming.ts";
import { roomLine } from "../style.ts";
import { defaultHistory, Misuse, unreadText } from "../wording.ts";
import type { TypedCommand } from "./command.ts";

export const rooms: readonly TypedCommand[] = [
	{
		word: "rooms",
		takes: "[WORDS]",
		does: "the rooms you may see",
		run: listRooms,
	},
	{
		word: "join",
		takes: "ROOM",
		does: "enter a room, by name or id, and write in it from now on",
		run: join,
	},
	{
		word: "part",
		does: "leave this room",
		async run(conversation) {
			const room = conversation.here;
			await conversation.chat.part(room.info.uri);
			conversation.manage(undefined);
			conversation.note(`You left ${nameOf(room)}.`);
			conversation.goElsewhere();
		},
	},
	{
		word: "follow",
		takes: "[ROOM]",
		does: "hear of this room (or another) when you are not in it, and enter it at each start",
		async run(conversation, text) {
			const room = await roomOrHere(conversation, text);
			await conversation.chat.follow(room.uri);
			conversation.note(`You follow ${harmlessLine(room.name)} now.`);
		},
	},
	{
		word: "unfollow",
		takes: "[ROOM]",
		does: "do not any more",
		async run(conversation, text) {
			const room = await roomOrHere(conversation, text);
			await conversation.chat.unfollow(room.uri);
			conversation.note(
				`You do not follow ${harmlessLine(room.name)} any more.`,
			);
		},
	},
	{
		word: "followed",
		does: "the rooms you follow, and what is new there",
		async run({ chat, style, screen, note }) {
			const followed = await chat.followed();
			if (followed.length === 0) note("You follow no room: /follow one.");
			for (const room of followed) {
				const joined = chat.joined.has(room.uri);
				const news = room.unread ? `  ${unreadText(room)}` : "";
				screen.print(`${roomLine(style, room, joined)}${news}`);
			}
		},
	},
];

/** The room of this name; the one written in where none is given. */
export async function roomOrHere(
	conversation: Conversation,
	text: string,
): Promise<RoomInfo> {
	if (text === "") return conversation.here.info;
	return demandRoom(conversation.chat, text);
}

async function listRooms(
	{ chat, style, screen, note }: Conversation,
	words: string,
) {
	const found = await chat.rooms(words);
	if (found.length === 0) note("There is no such room.");
	const names = found.map(({ name }) => name.toLowerCase());
	for (const room of found) {
		const name = room.name.toLowerCase();
		const isOnly = names.indexOf(name) === names.lastIndexOf(name);
		const id = isOnly ? "" : `  ${style.faint(idOf(room.uri))}`;
		const joined = chat.joined.has(room.uri);
		screen.print(`${roomLine(style, room, joined)}${id}`);
	}
}

async function join(conversation: Conversation, text: string) {
	if (text === "") throw new Misuse("Say which room: /join ROOM.");
	const found = await demandRoom(conversation.chat, text);
	conversation.manage(undefined);
	const joined = conversation.chat.joined.get(found.uri);
	if (joined) {
		conversation.writeIn(joined);
		conversation.note(`You write in ${nameOf(joined)} now.`);
	} else await conversation.enter(found.uri, defaultHistory);
}

/** Enters the followed rooms, and says which. */
export async function enterFollowed({
	chat,
	note,
}: Conversation): Promise<void> {
	const entered = await chat.joinFollowed().then(
		(joined) => joined.rooms,
		(error) => {
			// A service of another kind has no such list.
			if (error instanceof ChatRefused) return [];
			throw error;
		},
	);
	if (entered.length > 0) note(`You follow ${entered.map(nameOf).join(", ")}`);
}
