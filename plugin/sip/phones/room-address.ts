/** The SIP address of a room: `sip:room.<alias>@<domain>` where it has an alias, `sip:room.<id>@<domain>` always. */
import type { Room } from "../../rooms/types.ts";
import { userPart } from "../uri.ts";

const prefix = "room.";

/** The alias or id that a Request-URI names; undefined when it is no room's address. */
export function roomNamedBy(uri: string): string | undefined {
	const user = userPart(uri);
	return user?.startsWith(prefix) ? user.slice(prefix.length) : undefined;
}

export function addressOfRoom(
	{ id, alias }: Pick<Room, "id" | "alias">,
	domain: string,
): string {
	return `sip:${prefix}${alias ?? id}@${domain}`;
}
