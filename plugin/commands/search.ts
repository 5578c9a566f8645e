/**
 * Rooms by name, or by name and description, and by what they are.
 * `<cmd id="cmd:chansrch"><data><qib qtype="BYNAME" criteria="" extended="false"/></data></cmd>` → `<data><chanib …/>…</data>`
 * Of the attributes only these three are known from clients; the others are our choice, and what they do not name does not matter.
 */
import { ChatError } from "../errors.ts";
import type { RoomSearchRequest } from "../rooms/index.ts";
import type { UserUri } from "../rooms/types.ts";
import { chanib, parseCategoryUri, parsePrincipal } from "../xccos/elements.ts";
import { readProperties } from "../xccos/room-request.ts";
import { children, optionalAttribute, type XmlElement } from "../xccos/xml.ts";
import { answerList } from "./about.ts";
import { command } from "./command.ts";

export const search = command({
	id: "cmd:chansrch",
	decode(data, { domain }): RoomSearchRequest {
		const [qib] = children(data, "qib");
		if (qib === undefined) return {};
		const { privacy, type, disabled, invitations } = readProperties(
			qib,
			domain,
		);
		const category = filled(qib, "category") ?? filled(qib, "parent");
		return {
			criteria: optionalAttribute(qib, "criteria") ?? "",
			match: matchOf(qib),
			descriptions: isTrue(qib, "extended") ?? false,
			member: person(qib, "member"),
			manager: person(qib, "manager"),
			category:
				category === undefined ? undefined : parseCategoryUri(category, domain),
			addIn: filled(qib, "addin") ?? filled(qib, "siopname"),
			limit: limitOf(qib),
			privacy,
			type,
			disabled,
			invitations,
		};
	},
	handle: (request, { session, rooms }) => rooms.search(session.actor, request),
	encode: (found, { service }, { bodyBytes }) =>
		// COMPAT(pidgin-sipe): its list ends with the first reply, so as much as possible goes into that
		answerList(
			found.map((summary) => ({
				room: summary.room.id,
				element: chanib(service.domain, summary),
			})),
			bodyBytes,
		),
});

function matchOf(qib: XmlElement): RoomSearchRequest["match"] {
	if (isTrue(qib, "matchExactPhrase") === true) return "phrase";
	return isTrue(qib, "matchAll") === false ? "any" : "all";
}

function isTrue(qib: XmlElement, name: string): boolean | undefined {
	const text = filled(qib, name)?.toLowerCase();
	return text === undefined ? undefined : text === "true" || text === "1";
}

function person(qib: XmlElement, name: string): UserUri | undefined {
	const text = filled(qib, name);
	return text === undefined
		? undefined
		: (parsePrincipal(text) as string as UserUri);
}

function limitOf(qib: XmlElement): number | undefined {
	const text = filled(qib, "maxResults");
	if (text === undefined) return undefined;
	if (/^\d{1,9}$/.test(text)) return Number(text);
	throw new ChatError("malformed", "maxResults must be a whole number.");
}

/** What is not empty. */
function filled(qib: XmlElement, name: string): string | undefined {
	const text = optionalAttribute(qib, name)?.trim();
	return text === "" ? undefined : text;
}
