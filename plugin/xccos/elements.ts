/**
 * The shapes that several commands share, each wire name once: chanib, uib, aib, fib, msg.
 * Names that no public source settles are here once, so that a correction is one line; docs/decisions/0004 says where others are.
 */
import { ChatError } from "../errors.ts";
import type {
	Category,
	CategoryId,
	NamedPrincipal,
	Participant,
	Principal,
	Role,
	Room,
	RoomId,
	RoomSummary,
	Standing,
	Unread,
	User,
} from "../rooms/types.ts";
import { element, type XmlElement } from "./xml.ts";

const guid = /^[0-9a-z][0-9a-z-]{0,63}$/;
const roomUri = /^ma-chan:\/\/([^/]+)\/([^/]+)$/i;
const categoryUri = /^ma-cat:\/\/([^/]+)\/([^/]+)$/i;

export function roomUriOf(domain: string, room: RoomId): string {
	return `ma-chan://${domain}/${room}`;
}

function categoryUriOf(domain: string, category: CategoryId): string {
	return `ma-cat://${domain}/${category}`;
}

/** `ma-chan://<domain>/<guid>` → the room. Throws `ChatError('malformed')`. */
export function parseRoomUri(uri: string, domain: string): RoomId {
	const match = roomUri.exec(uri);
	if (match?.[1] === undefined || match[2] === undefined) {
		throw new ChatError(
			"malformed",
			`A room is named ma-chan://${domain}/<guid>; this is not such a name.`,
		);
	}
	return parseRoomId(match[1], match[2], domain);
}

/** The `domain` and `value` of a `<chanid>` or `<aib>` → the room. Throws `ChatError('malformed')`, or `no-such-room` for another domain's. */
export function parseRoomId(
	inDomain: string,
	value: string,
	domain: string,
): RoomId {
	const id = value.toLowerCase();
	if (!guid.test(id)) {
		throw new ChatError("malformed", "A room's id must be a GUID.");
	}
	if (inDomain.toLowerCase() !== domain) {
		throw new ChatError(
			"no-such-room",
			`Rooms here are of the domain ${domain}.`,
		);
	}
	return id as RoomId;
}

/** `ma-cat://<domain>/<guid>` → the category. Throws `ChatError('malformed')`, or `no-such-category` for another domain's. */
export function parseCategoryUri(uri: string, domain: string): CategoryId {
	const match = categoryUri.exec(uri);
	const id = match?.[2]?.toLowerCase() ?? "";
	if (!guid.test(id)) {
		throw new ChatError(
			"malformed",
			`A category is named ma-cat://${domain}/<guid>; this is not such a name.`,
		);
	}
	if (match?.[1]?.toLowerCase() !== domain) {
		throw new ChatError(
			"no-such-category",
			`Categories here are of the domain ${domain}.`,
		);
	}
	return id as CategoryId;
}

/** 7 fraction digits, as the product's servers write times. */
export function wireTime(at: Date): string {
	return at.toISOString().replace("Z", "0000Z");
}

const visibility = {
	open: "OPEN",
	closed: "SCOPED",
	secret: "PRIVATE",
} as const;

/** `<chanib>`: a room in lists and join replies. `extra` goes inside (participants, messages). */
export function chanib(
	domain: string,
	{ room, participantCount }: RoomSummary,
	...extra: readonly XmlElement[]
): XmlElement {
	const invite = room.category.invitations && room.invitations === "inherit";
	return element(
		"chanib",
		{
			uri: roomUriOf(domain, room.id),
			name: room.name,
			description: room.description,
			parent: categoryUriOf(domain, room.category.id),
			behavior: room.type === "auditorium" ? "AUDITORIUM" : "NORMAL",
			topic: "",
			disabled: String(room.disabled),
			siopname: room.addIn?.name,
			siopurl: room.addIn?.url,
		},
		participantCountInfo(participantCount),
		info("visibility", visibility[room.privacy]),
		// COMPAT(pidgin-sipe): reads this misspelling only
		info("visibilty", visibility[room.privacy]),
		prop("logged", room.category.history),
		prop("invite", invite),
		prop("filepost", room.category.files),
		...extra,
	);
}

/** `<chanib>` of a category: where rooms may be made. */
export function categoryBlock(domain: string, category: Category): XmlElement {
	return element(
		"chanib",
		{
			uri: categoryUriOf(domain, category.id),
			name: category.name,
			description: category.description,
		},
		prop("logged", category.history),
		prop("invite", category.invitations),
		prop("filepost", category.files),
	);
}

/** How much waits in a followed room, inside its `<chanib>`: names of our choosing. */
export function unreadInfos({ count, addressed }: Unread): XmlElement[] {
	return [info("unread", String(count)), info("addressed", String(addressed))];
}

function info(name: string, value: string): XmlElement {
	return element("info", { id: `urn:parlano:ma:info:${name}` }, value);
}

/** How many users are in the room. */
export function participantCountInfo(count: number): XmlElement {
	return info("ucnt", String(count));
}

/** Whether who is in the room is told at all. */
export function rosterInfo(hidden: boolean): XmlElement {
	return info("roster", hidden ? "HIDDEN" : "SHOWN");
}

function prop(name: string, value: boolean): XmlElement {
	return element(
		"prop",
		{ id: `urn:parlano:ma:prop:${name}` },
		value ? "True" : "False",
	);
}

export function audit(room: Room): XmlElement {
	return element("audit", {
		createdby: room.createdBy,
		createdon: wireTime(room.createdAt),
		updatedby: room.updatedBy,
		updatedon: wireTime(room.updatedAt),
	});
}

/** `<uib>`: a user. `id` is local to one reply. */
export function uib(
	user: Participant["user"],
	id?: number,
	...nodes: readonly XmlElement[]
): XmlElement {
	return element(
		"uib",
		{ id, uri: user.uri, uname: user.displayName, guid: user.guid, type: 5 },
		...nodes,
	);
}

/** `<uib>`: somebody of the directory, in the results of a search. */
export function uibOfUser({ uri, displayName, guid, email }: User): XmlElement {
	return element("uib", { uri, uname: displayName, guid, type: 5, email });
}

/** What lists of principals are called in a room's information and in what changes it. */
export const roleLists = {
	member: "members",
	manager: "managers",
	presenter: "presenters",
} as const satisfies Record<Role, string>;

/** Kinds of principals as the product numbers them. */
const principalTypes = { sip: 5, domain: 8, group: 9 } as const;

/** `<uib>`: a user, a domain (`domain:<name>`) or a group (`ma-grp://<domain>/<guid>`). */
export function uibOfPrincipal(
	domain: string,
	{ principal, name }: NamedPrincipal,
): XmlElement {
	const [kind = "", value = ""] = principal.split(":", 2);
	return element("uib", {
		uri: kind === "group" ? `ma-grp://${domain}/${value}` : principal,
		uname: name,
		type: principalTypes[kind as keyof typeof principalTypes],
	});
}

/** The `uri` of such a `<uib>` → the principal. What is none is refused where principals are checked. */
export function parsePrincipal(uri: string): Principal {
	const text = uri.trim().toLowerCase();
	const group = /^ma-grp:(?:\/\/[^/]*\/)?([^@/]+)(?:@.*)?$/.exec(text)?.[1];
	if (group !== undefined) return `group:${group}` as Principal;
	if (/^(domain|group):/.test(text)) return text as Principal;
	const [address = ""] = text.split(";");
	return (/^[a-z-]+:/.test(address) ? address : `sip:${address}`) as Principal;
}

/** Permission masks as seen of real servers: clients compare the manager's with exactly this number. */
const mask = { member: 3984, manager: 12276, presenter: 4096 } as const;

/** The decimal bit mask of what somebody may do in a room: the `key` of an `<aib>`. */
export function permissionMask(
	room: Pick<Room, "type">,
	standing: Standing,
): number {
	const base = standing.manager ? mask.manager : mask.member;
	const presenter = room.type === "auditorium" && standing.presenter;
	return presenter ? base + mask.presenter : base;
}

/** `<aib>` inside a `<uib>`: what this user may do in that room. */
export function aibOfRoom(
	domain: string,
	room: RoomId,
	key: number,
): XmlElement {
	return element("aib", { key, domain, value: room });
}

/** `<aib>`s inside a `<chanib>`: who has which permissions, users by their `uib` id. */
export function aibsOfParticipants(
	room: Room,
	participants: readonly { readonly id: number; readonly standing: Standing }[],
): XmlElement[] {
	const byMask = new Map<number, number[]>();
	for (const { id, standing } of participants) {
		const key = permissionMask(room, standing);
		const ids = byMask.get(key);
		if (ids === undefined) byMask.set(key, [id]);
		else ids.push(id);
	}
	return [...byMask]
		.sort(([a], [b]) => b - a)
		.map(([key, ids]) => element("aib", { key, value: ids.join(",") }));
}

/** `<fib>`: a room of a batch that could not be joined, and why. */
export function fib(domain: string, room: string, key: string): XmlElement {
	return element("fib", { key, value: room, domain });
}
