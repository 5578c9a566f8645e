/**
 * Finding people.
 * `<cmd id="cmd:usersrch"><data><qib criteria="ali smith" maxResults="100"/></data></cmd>`
 * → `<data><uib uri uname guid type email/>…<page moreAvailable="false"/></data>`: who has all the words in name, address or
 * e-mail; groups too.
 * `<cmd id="cmd:geteligible"><data><chanib uri="ma-chan://…"/><page after="sip:.." maxResults="100"/></data></cmd>`
 * (or `<chanib parent="ma-cat://…"/>` before a room is made) → `<data><uib …/>…<page moreAvailable="true" after="sip:.."/></data>`:
 * who could be given a role there, by address.
 */
import type { UserUri } from "../rooms/types.ts";
import {
	parseCategoryUri,
	parsePrincipal,
	parseRoomUri,
	uibOfPrincipal,
	uibOfUser,
} from "../xccos/elements.ts";
import { splitElements } from "../xccos/split.ts";
import { attribute, child, children, optionalAttribute } from "../xccos/xml.ts";
import { ofRoom } from "./about.ts";
import { command } from "./command.ts";
import { decodeLimit, defaultResults, page } from "./paging.ts";

export const findPeople = command({
	id: "cmd:usersrch",
	decode(data) {
		const qib = child(data, "qib");
		return { criteria: attribute(qib, "criteria"), limit: decodeLimit(qib) };
	},
	handle: ({ criteria, limit }, { session, rooms }) =>
		rooms.findPeople(session.actor, criteria, limit),
	encode: ({ users, groups, more }, { service }, { frameBytes }) => ({
		parts: splitElements(
			[
				...users.map(uibOfUser),
				...groups.map((group) => uibOfPrincipal(service.domain, group)),
				page(more),
			],
			frameBytes,
		),
	}),
});

export const eligible = command({
	id: "cmd:geteligible",
	decode(data, { domain }) {
		const chanib = child(data, "chanib");
		const uri = optionalAttribute(chanib, "uri");
		const [asked] = children(data, "page");
		const after = asked && optionalAttribute(asked, "after");
		return {
			of:
				uri === undefined || uri === ""
					? { category: parseCategoryUri(attribute(chanib, "parent"), domain) }
					: { room: parseRoomUri(uri, domain) },
			// Principals of users are their addresses.
			after: after ? (parsePrincipal(after) as string as UserUri) : undefined,
			limit: asked === undefined ? defaultResults : decodeLimit(asked),
		};
	},
	async handle({ of, after, limit }, { session, rooms, service }) {
		// One more than is shown tells whether there are more.
		const most = Math.max(1, Math.min(limit, service.searchResults - 1));
		const users = await rooms.eligible(session.actor, of, {
			after,
			limit: most + 1,
		});
		return { of, users: users.slice(0, most), more: users.length > most };
	},
	encode: ({ of, users, more }, _, { frameBytes }) => ({
		parts: splitElements(
			[...users.map(uibOfUser), page(more, users.at(-1)?.uri)],
			frameBytes,
		),
		...("room" in of && { about: ofRoom(of.room) }),
	}),
});
