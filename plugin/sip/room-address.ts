/** The SIP address of a room: `sip:room.<alias>@<domain>` where it has an alias, `sip:room.<id>@<domain>` always. */
import { isIP } from "node:net";
import type { Room } from "../rooms/types.ts";
import { hostPart, userPart } from "./uri.ts";

const prefix = "room.";

/** The alias or id that a Request-URI names; undefined when it is no room's address. */
export function roomNamedBy(uri: string): string | undefined {
	const user = userPart(uri);
	return user?.startsWith(prefix) ? user.slice(prefix.length) : undefined;
}

/**
 * Is it written to a room of another domain? A host that is an IP address says only where it was sent, and what proxies on the way make of
 * the Request-URI they leave alone in To.
 */
export function isOfOtherDomain(
	request: { readonly uri: string; get(name: string): string | undefined },
	domain: string,
): boolean {
	const isOurs = (host = "") =>
		host === domain ||
		host.endsWith(`.${domain}`) ||
		host === "localhost" ||
		isIP(host.replace(/^\[|\]$/g, "")) !== 0;
	return ![request.uri, request.get("To") ?? ""].map(hostPart).some(isOurs);
}

export function addressOfRoom(
	{ id, alias }: Pick<Room, "id" | "alias">,
	domain: string,
): string {
	return `sip:${prefix}${alias ?? id}@${domain}`;
}
