/**
 * Messages by words, authors and dates, in one room or several; and those before or after a message.
 * `<cmd id="cmd:bcbydate"><data><chanib uri=".."/>…<bcq><limit cnt="100"/><text mt="ALL" mc="false">outage</text>
 * <author uri="sip:.."/><sort srt="0" searchbkwds="true"/><date from=".." to=".."/></bcq></data></cmd>`
 * `<cmd id="cmd:bcbymsg"><data><chanib uri=".."/><bcq><msgid id="141"/><limit cnt="25"/><sort searchbkwds="true"/></bcq></data></cmd>`
 * → `<data><chanib uri name total exceeded><msg …/>…</chanib></data>`, one room in each reply, the last with
 * `<page moreAvailable="false"/>` beside it.
 */
import { ChatError } from "../errors.ts";
import type { FoundMessages, MessageSearchRequest } from "../rooms/index.ts";
import type { RoomId } from "../rooms/types.ts";
import { type Bcq, readBcq } from "../xccos/bcq.ts";
import { parseRoomUri, roomUriOf } from "../xccos/elements.ts";
import { historyElements, sequencesIn, splitHistory } from "../xccos/split.ts";
import {
	attribute,
	children,
	element,
	optionalAttribute,
	writeXml,
	type XmlElement,
} from "../xccos/xml.ts";
import {
	type Answer,
	type Budget,
	command,
	type ServiceInfo,
} from "./command.ts";

interface Asked {
	readonly request: MessageSearchRequest;
	readonly newestFirst: boolean;
}

export const searchMessages = command({
	id: "cmd:bcbydate",
	decode: (data, { domain }): Asked => {
		const bcq = readBcq(data);
		const rooms = roomsIn(data, domain);
		return {
			request: requestOf(bcq, rooms.length > 0 ? rooms : undefined),
			newestFirst: bcq.newestFirst,
		};
	},
	handle: async ({ request, newestFirst }, { session, rooms }) => ({
		found: await rooms.searchMessages(session.actor, request),
		...orderOf(request, newestFirst),
	}),
	encode: (result, { service }, budget) => answer(result, service, budget),
});

export const messagesBeside = command({
	id: "cmd:bcbymsg",
	decode: (data, { domain }): Asked => {
		const bcq = readBcq(data);
		if (bcq.sequence === undefined) {
			throw new ChatError("malformed", "<bcq> needs a <msgid>.");
		}
		return {
			request: requestOf(bcq, roomsIn(data, domain)),
			newestFirst: bcq.newestFirst,
		};
	},
	handle: async ({ request, newestFirst }, { session, rooms }) => ({
		found: await rooms.searchMessages(session.actor, request),
		...orderOf(request, newestFirst),
	}),
	encode: (result, { service }, budget) => answer(result, service, budget),
});

function roomsIn(data: XmlElement, domain: string) {
	return children(data, "chanib").map((chanib) =>
		parseRoomUri(attribute(chanib, "uri"), domain),
	);
}

/** Dates do not count beside the message from which to go on. */
function requestOf(
	{ sequence, wording, authors, from, to, backwards, limit }: Bcq,
	rooms: MessageSearchRequest["rooms"],
): MessageSearchRequest {
	return {
		rooms,
		wording,
		authors,
		...(sequence === undefined && { from, to }),
		start: sequence,
		newestFirst: backwards,
		limitPerRoom: limit,
	};
}

function orderOf(
	{ newestFirst: found }: MessageSearchRequest,
	wanted: boolean,
) {
	return { turned: (found ?? true) !== wanted };
}

interface Result {
	readonly found: FoundMessages;
	/** The answer is in the other direction than the search. */
	readonly turned: boolean;
}

function answer(
	{ found, turned }: Result,
	{ domain }: ServiceInfo,
	{ frameBytes, bodyBytes }: Budget,
): Answer {
	const page = element("page", { moreAvailable: String(found.cut) });
	const pageBytes = 40;
	const parts = found.rooms.flatMap(({ room, messages, total, more }) => {
		const ordered = turned ? [...messages].reverse() : messages;
		const attributes = {
			uri: roomUriOf(domain, room.id),
			// COMPAT(drachtio-server): beside a message of the greatest length there is no place for a long name
			name:
				Buffer.byteLength(writeXml(room.name)) > 100 ? undefined : room.name,
			total,
			exceeded: String(more),
		};
		const elements = historyElements(domain, ordered, bodyBytes);
		return splitHistory(attributes, elements, frameBytes - pageBytes);
	});
	const rooms = found.rooms.map(({ room }) => room.id);
	const about = (data: readonly XmlElement[]) => ({
		rooms: rooms.filter((room) => data.some(isOf(domain, room))),
		sequences: sequencesIn(data),
	});
	const last = parts.at(-1);
	return last === undefined
		? { parts: [[page]] }
		: { parts: [...parts.slice(0, -1), [...last, page]], about };
}

function isOf(domain: string, room: RoomId): (chanib: XmlElement) => boolean {
	const uri = roomUriOf(domain, room);
	return (chanib) => optionalAttribute(chanib, "uri") === uri;
}
