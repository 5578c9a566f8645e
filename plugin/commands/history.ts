/**
 * The most recent messages of a room, oldest first, in as many replies as it takes.
 * `<cmd id="cmd:bccontext"><data><chanib uri=".."/><bcq><last cnt="25"/></bcq></data></cmd>`
 * → `<data><chanib uri=".."><msg id="grpchat" chanUri author ts chatId><chat>…</chat></msg>…</chanib></data>`
 */
import { ChatError } from "../errors.ts";
import { parseRoomUri } from "../xccos/elements.ts";
import { messageElement } from "../xccos/message.ts";
import { sizeOf, splitHistory } from "../xccos/split.ts";
import { attribute, child, children } from "../xccos/xml.ts";
import { command } from "./command.ts";

const defaultCount = 25;

export const history = command({
	id: "cmd:bccontext",
	decode(data, { domain }) {
		const uri = attribute(child(data, "chanib"), "uri");
		const [query] = children(data, "bcq");
		const [last] = query === undefined ? [] : children(query, "last");
		const count = last === undefined ? defaultCount : attribute(last, "cnt");
		if (!/^\d{1,9}$/.test(String(count))) {
			throw new ChatError(
				"malformed",
				"The attribute cnt of <last> must be a whole number of at least 1.",
			);
		}
		return { uri, room: parseRoomUri(uri, domain), count: Number(count) };
	},
	async handle({ uri, room, count }, { session, rooms, afterReply }) {
		const feed = session.feeds.get(room);
		feed?.hold();
		let messages: Awaited<ReturnType<typeof rooms.history>> = [];
		try {
			messages = await rooms.history(session.actor, room, count);
		} finally {
			afterReply(() => feed?.releaseAfterReading(messages));
		}
		return { uri, messages };
	},
	encode({ uri, messages }, { service }, { frameBytes, bodyBytes }) {
		const elements = messages.map((message, index) => {
			const seqid = index + 1;
			const rich = messageElement("msg", service.domain, message, true, seqid);
			// What is too long even alone goes without its RTF copy.
			return sizeOf(rich) <= bodyBytes - 200
				? rich
				: messageElement("msg", service.domain, message, false, seqid);
		});
		return { parts: splitHistory(uri, elements, frameBytes) };
	},
});
