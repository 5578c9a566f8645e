/**
 * Making a room: closed, normal and with the invitations of its category unless it says otherwise; its maker manages it.
 * `<cmd id="cmd:chancreate"><data><chanib name=".." parent="ma-cat://…" …/><members><uib uri="sip:.."/></members></data></cmd>`
 * → `<data><chanib …><audit …/></chanib></data>`
 */
import { ChatError } from "../errors.ts";
import type { Principal, Role } from "../rooms/types.ts";
import { audit, chanib } from "../xccos/elements.ts";
import { readProperties, readRoles } from "../xccos/room-request.ts";
import { child, type XmlElement } from "../xccos/xml.ts";
import { doneInRoom } from "./about.ts";
import { command } from "./command.ts";

export const createRoom = command({
	id: "cmd:chancreate",
	decode(data, { domain }) {
		const { name, category, ...properties } = readProperties(
			child(data, "chanib"),
			domain,
		);
		if (name === undefined) {
			throw new ChatError(
				"malformed",
				"A new room needs a name: <chanib name=…>.",
			);
		}
		if (category === undefined) {
			throw new ChatError(
				"malformed",
				`A new room needs a category: <chanib parent="ma-cat://${domain}/…">.`,
			);
		}
		return { ...properties, name, category, roles: wanted(data) };
	},
	handle: (request, { session, rooms }) =>
		rooms.createRoom(session.actor, request),
	encode: (record, { service }) => ({
		parts: [[chanib(service.domain, record, audit(record.room))]],
		about: doneInRoom(record.room.id),
	}),
});

/** In a new room a list that is added is the whole one. */
function wanted(data: XmlElement): Partial<Record<Role, readonly Principal[]>> {
	return Object.fromEntries(
		Object.entries(readRoles(data)).map(([role, change]) => [
			role,
			"set" in change ? change.set : (change.add ?? []),
		]),
	);
}
