/**
 * The most recent messages of a room, or those around one of them, oldest first, in as many replies as it takes.
 * `<cmd id="cmd:bccontext"><data><chanib uri=".."/><bcq><last cnt="25"/></bcq></data></cmd>`
 * → `<data><chanib uri=".."><msg id="grpchat" chanUri author ts chatId><chat>…</chat></msg>…</chanib></data>`
 * With `<msgid id="141"/>` in the `<bcq>`: around that message.
 */
import type { HistoryWindow } from "../rooms/index.ts";
import { readBcq } from "../xccos/bcq.ts";
import { parseRoomUri } from "../xccos/elements.ts";
import { historyElements, sequencesIn, splitHistory } from "../xccos/split.ts";
import { attribute, child, type XmlElement } from "../xccos/xml.ts";
import { command } from "./command.ts";

const defaultCount = 25;

export const history = command({
	id: "cmd:bccontext",
	decode(data, { domain }) {
		const uri = attribute(child(data, "chanib"), "uri");
		return { uri, room: parseRoomUri(uri, domain), window: window(data) };
	},
	async handle({ uri, room, window }, { session, rooms, afterReply }) {
		const newest = window.type === "last";
		const feed = newest ? session.feeds.get(room) : undefined;
		feed?.hold();
		let messages: Awaited<ReturnType<typeof rooms.history>> = [];
		try {
			messages = await rooms.history(session.actor, room, window);
		} finally {
			afterReply(() => feed?.releaseAfterReading(messages));
		}
		return { uri, room, messages };
	},
	encode: (
		{ uri, room, messages },
		{ service },
		{ frameBytes, bodyBytes },
	) => ({
		parts: splitHistory(
			{ uri },
			historyElements(service.domain, messages, bodyBytes),
			frameBytes,
		),
		about: (data) => ({ rooms: [room], sequences: sequencesIn(data) }),
	}),
});

function window(data: XmlElement): HistoryWindow {
	const { last, limit, sequence } = readBcq(data);
	const count = last ?? limit ?? defaultCount;
	return sequence === undefined
		? { type: "last", count }
		: { type: "around", sequence, count };
}
