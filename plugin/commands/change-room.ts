/**
 * Changing a room, or the roles in it. What is not named stays; who is left out of a whole list loses the role.
 * `<cmd id="cmd:chanmodify"><data><chanib uri=".." name=".."><audit updatedon=".."/></chanib></data></cmd>`
 * → `<data><chanib …><audit …/></chanib></data>`
 * With the `<audit>` as it was read, a room that has been changed since is refused (409).
 * `<cmd id="cmd:chanroles"><data><chanib uri=".."/><add><members><uib uri="sip:.."/></members></add><remove>…</remove></data></cmd>`
 * → the room and all its roles, as `cmd:chaninfo` gives them
 */
import { ChatError } from "../errors.ts";
import type { Room, RoomProperties } from "../rooms/types.ts";
import { audit, chanib, parseRoomUri } from "../xccos/elements.ts";
import {
	readProperties,
	readReadAt,
	readRoles,
} from "../xccos/room-request.ts";
import { attribute, child, type XmlElement } from "../xccos/xml.ts";
import { doneInRoom } from "./about.ts";
import { command, type ServiceInfo } from "./command.ts";
import { encodeRoomInfo, named } from "./room-info.ts";

export const changeRoom = command({
	id: "cmd:chanmodify",
	decode(data, service) {
		const properties = readProperties(child(data, "chanib"), service.domain);
		return { ...decodeTarget(data, service), properties };
	},
	async handle({ room: id, properties, ...change }, { session, rooms }) {
		const { room } = await rooms.room(session.actor, id);
		return rooms.changeRoom(session.actor, id, {
			...change,
			properties: withoutEcho(properties, room),
		});
	},
	encode: (record, { service }) => ({
		parts: [[chanib(service.domain, record, audit(record.room))]],
		about: doneInRoom(record.room.id),
	}),
});

export const changeRoles = command({
	id: "cmd:chanroles",
	decode(data, service) {
		const target = decodeTarget(data, service);
		if (Object.keys(target.roles).length > 0) return target;
		throw new ChatError(
			"malformed",
			"Name whom to <add> or <remove>: <members>, <managers> or <presenters>, with a <uib uri> for each.",
		);
	},
	async handle({ room, ...change }, context) {
		const { session, rooms } = context;
		return named(await rooms.changeRoom(session.actor, room, change), context);
	},
	encode: (info, context, budget) => ({
		...encodeRoomInfo(info, context, budget),
		about: doneInRoom(info.room.id),
	}),
});

/** Clients give back what they were shown: no invitations, when it is the category that sends none. */
function withoutEcho(
	{ invitations, ...properties }: Partial<RoomProperties>,
	room: Room,
): Partial<RoomProperties> {
	const echo = invitations === "off" && !room.category.invitations;
	return invitations === undefined || echo
		? properties
		: { ...properties, invitations };
}

function decodeTarget(data: XmlElement, { domain }: ServiceInfo) {
	const block = child(data, "chanib");
	return {
		room: parseRoomUri(attribute(block, "uri"), domain),
		roles: readRoles(data),
		readAt: readReadAt(block),
	};
}
