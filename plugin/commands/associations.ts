/**
 * "Which rooms am I a member of, which do I manage, which do I follow?"
 * `<cmd id="cmd:getassociations"><data><association type="MEMBER" maxResults="100"/></data></cmd>` → `<data><chanib …/>…</data>`
 * The names in the request are not settled by public sources: any attribute that says MEMBER or MANAGER will do. FOLLOWED is
 * of our choosing: each `<chanib>` says how much there is to read, and `ntc:newcontent` will tell of more.
 */
import { ChatError } from "../errors.ts";
import type { FollowedRoom, Role } from "../rooms/types.ts";
import { chanib, unreadInfos } from "../xccos/elements.ts";
import { children, optionalAttribute, type XmlElement } from "../xccos/xml.ts";
import { answerList } from "./about.ts";
import { command } from "./command.ts";

const kinds: Readonly<Record<string, Role | "followed">> = {
	MEMBER: "member",
	MANAGER: "manager",
	FOLLOWED: "followed",
};

export const associations = command({
	id: "cmd:getassociations",
	decode(data) {
		const all = [...descendants(data)];
		const values = all.flatMap((each) => Object.values(each.attributes));
		const named = values.find((value) =>
			Object.hasOwn(kinds, value.toUpperCase()),
		);
		const kind = kinds[(named ?? "MEMBER").toUpperCase()] ?? "member";
		const most = all
			.map((each) => optionalAttribute(each, "maxResults"))
			.find((value) => value !== undefined);
		if (most !== undefined && !/^\d{1,9}$/.test(most)) {
			throw new ChatError("malformed", "maxResults must be a whole number.");
		}
		return { kind, limit: most === undefined ? 100 : Number(most) };
	},
	async handle(
		{ kind, limit },
		{ session, sessions, rooms },
	): Promise<readonly FollowedRoom[]> {
		if (kind !== "followed") {
			return rooms.associations(session.actor, kind, limit);
		}
		await sessions.tellNews(session);
		const followed = await rooms.followed(session.actor);
		return followed.slice(0, Math.max(1, limit));
	},
	encode: (found, { service }, { bodyBytes }) =>
		answerList(
			found.map(({ unread, ...summary }) => ({
				room: summary.room.id,
				element: chanib(
					service.domain,
					summary,
					...(unread === undefined ? [] : unreadInfos(unread)),
				),
			})),
			bodyBytes,
		),
});

function* descendants(from: XmlElement): Iterable<XmlElement> {
	for (const inner of children(from)) {
		yield inner;
		yield* descendants(inner);
	}
}
