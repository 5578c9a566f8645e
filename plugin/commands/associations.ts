/**
 * "Which rooms am I a member of, which do I manage?"
 * `<cmd id="cmd:getassociations"><data><association type="MEMBER" maxResults="100"/></data></cmd>` → `<data><chanib …/>…</data>`
 * The names in the request are not settled by public sources: any attribute that says MEMBER or MANAGER will do.
 */
import { ChatError } from "../errors.ts";
import type { Role } from "../rooms/types.ts";
import { chanib } from "../xccos/elements.ts";
import { splitElements } from "../xccos/split.ts";
import { children, optionalAttribute, type XmlElement } from "../xccos/xml.ts";
import { command } from "./command.ts";

const roles: Readonly<Record<string, Role>> = {
	MEMBER: "member",
	MANAGER: "manager",
};

export const associations = command({
	id: "cmd:getassociations",
	decode(data) {
		const all = [...descendants(data)];
		const values = all.flatMap((each) => Object.values(each.attributes));
		const named = values.find((value) =>
			Object.hasOwn(roles, value.toUpperCase()),
		);
		const role = roles[(named ?? "MEMBER").toUpperCase()] ?? "member";
		const most = all
			.map((each) => optionalAttribute(each, "maxResults"))
			.find((value) => value !== undefined);
		if (most !== undefined && !/^\d{1,9}$/.test(most)) {
			throw new ChatError("malformed", "maxResults must be a whole number.");
		}
		return { role, limit: most === undefined ? 100 : Number(most) };
	},
	handle: ({ role, limit }, { session, rooms }) =>
		rooms.associations(session.actor, role, limit),
	encode: (found, { service }, { bodyBytes }) => ({
		parts: splitElements(
			found.map((summary) => chanib(service.domain, summary)),
			bodyBytes,
		),
	}),
});

function* descendants(from: XmlElement): Iterable<XmlElement> {
	for (const inner of children(from)) {
		yield inner;
		yield* descendants(inner);
	}
}
