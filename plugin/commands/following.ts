/**
 * Followed rooms by command, for clients that cannot publish presence: of our choosing.
 * `<cmd id="cmd:follow"><data><chanib uri="ma-chan://…"/></data></cmd>` → the same `<chanib>`; `cmd:unfollow` alike. Which
 * rooms are followed: `cmd:getassociations` with the type FOLLOWED.
 */
import type { RoomId } from "../rooms/types.ts";
import { parseRoomUri } from "../xccos/elements.ts";
import { attribute, child, element, type XmlElement } from "../xccos/xml.ts";
import { type Answer, command, type ServiceInfo } from "./command.ts";

interface Named {
	readonly uri: string;
	readonly room: RoomId;
}

export const follow = command({
	id: "cmd:follow",
	decode: decodeRoom,
	async handle(named, { session, sessions, rooms }) {
		await rooms.follow(session.actor, named.room);
		await sessions.tellNews(session);
		return named;
	},
	encode: encodeRoom,
});

export const unfollow = command({
	id: "cmd:unfollow",
	decode: decodeRoom,
	async handle(named, { session, rooms }) {
		await rooms.unfollow(session.actor, named.room);
		return named;
	},
	encode: encodeRoom,
});

function decodeRoom(data: XmlElement, { domain }: ServiceInfo): Named {
	const uri = attribute(child(data, "chanib"), "uri");
	return { uri, room: parseRoomUri(uri, domain) };
}

function encodeRoom({ uri }: Named): Answer {
	return { parts: [[element("chanib", { uri })]] };
}
