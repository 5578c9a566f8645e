/** `<inv>`: an invitation, in `rpl:getinv` and `ntc:inv`. */
import type { Invitation } from "../rooms/types.ts";
import { chanib, wireTime } from "./elements.ts";
import { blockOf, type Notice } from "./notices.ts";
import { element, type XmlElement } from "./xml.ts";

export function inv(domain: string, invitation: Invitation): XmlElement {
	const { serial, room, invitedAt } = invitation;
	return element(
		"inv",
		{ inviteId: serial, domain, createdon: wireTime(invitedAt) },
		chanib(domain, room),
	);
}

/** `ntc:inv`, to whoever is invited. */
export function invitedNotice(domain: string, invitation: Invitation): Notice {
	const room = invitation.room.room.id;
	return {
		id: "ntc:inv",
		blocks: [blockOf([room], () => inv(domain, invitation))],
	};
}
