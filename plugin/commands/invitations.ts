/**
 * Invitations with an id above the one given.
 * `<cmd id="cmd:getinv"><data><inv inviteId="1" domain=".."/></data></cmd>`
 * → `<data><inv inviteId="7" domain=".." createdon=".."><chanib …/></inv>…</data>`
 */
import { ChatError } from "../errors.ts";
import { inv } from "../xccos/invitations.ts";
import { children, optionalAttribute } from "../xccos/xml.ts";
import { answerList } from "./about.ts";
import { command } from "./command.ts";

export const invitations = command({
	id: "cmd:getinv",
	decode(data) {
		const [seen] = children(data, "inv");
		const id = (seen && optionalAttribute(seen, "inviteId")) || "0";
		if (!/^\d{1,15}$/.test(id)) {
			throw new ChatError(
				"malformed",
				"inviteId is the last one seen: a whole number, 0 or more.",
			);
		}
		return Number(id);
	},
	handle: (lastSeen, { session, rooms }) =>
		rooms.invitations(session.actor, lastSeen),
	encode: (found, { service }, { frameBytes }) =>
		answerList(
			found.map((invitation) => ({
				room: invitation.room.room.id,
				element: inv(service.domain, invitation),
			})),
			frameBytes,
		),
});
