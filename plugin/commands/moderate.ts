/**
 * Administrators delete and replace messages of a room. Both commands are ours.
 * `<cmd id="cmd:chatdelete"><data><chanib uri=".."><msg chatId="3"/><msg chatId="5" through="9"/></chanib></data></cmd>`
 * → `<data><chanib uri=".." count="6"/></data>`: so many were there, and are deleted.
 * `<cmd id="cmd:chatreplace">` likewise; a `<chat>` in the `<chanib>` says what they are to read.
 */
import { parseRoomUri } from "../xccos/elements.ts";
import { decodeNumbers } from "../xccos/moderation.ts";
import {
	attribute,
	child,
	children,
	element,
	textOf,
	type XmlElement,
} from "../xccos/xml.ts";
import { type Answer, command, type ServiceInfo } from "./command.ts";

export const deleteMessages = command({
	id: "cmd:chatdelete",
	decode: decodeNamed,
	async handle({ uri, room, sequences }, { session, rooms }) {
		const selection = { room, sequences };
		const count = await rooms.deleteMessages(session.actor, selection);
		return { uri, count };
	},
	encode,
});

export const replaceMessages = command({
	id: "cmd:chatreplace",
	decode(data, service) {
		const [chat] = children(child(data, "chanib"), "chat");
		return { ...decodeNamed(data, service), text: chat && textOf(chat) };
	},
	async handle({ uri, room, sequences, text }, { session, rooms }) {
		const selection = { room, sequences };
		const count = await rooms.replaceMessages(session.actor, selection, text);
		return { uri, count };
	},
	encode,
});

function decodeNamed(data: XmlElement, { domain }: ServiceInfo) {
	const chanib = child(data, "chanib");
	const uri = attribute(chanib, "uri");
	return {
		uri,
		room: parseRoomUri(uri, domain),
		sequences: decodeNumbers(chanib),
	};
}

function encode(done: {
	readonly uri: string;
	readonly count: number;
}): Answer {
	return { parts: [[element("chanib", done)]] };
}
