/**
 * The shapes that several commands share, each wire name once: chanib, uib, aib, fib, msg (MS-XCCOSIP section 2.2).
 * Names that no public source settles are kept here, so that a correction is one line.
 */
import { ChatError } from "../errors.ts";
import type {
	CategoryId,
	Participant,
	Room,
	RoomId,
	RoomSummary,
	Standing,
} from "../rooms/types.ts";
import { element, type XmlElement } from "./xml.ts";

const guid = /^[0-9a-z][0-9a-z-]{0,63}$/;
const roomUri = /^ma-chan:\/\/([^/]+)\/([^/]+)$/i;

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
		},
		info("ucnt", String(participantCount)),
		info("visibility", visibility[room.privacy]),
		// COMPAT(pidgin-sipe): reads this misspelling only
		info("visibilty", visibility[room.privacy]),
		prop("logged", room.category.history),
		prop("invite", invite),
		prop("filepost", false),
		...extra,
	);
}

function info(name: string, value: string): XmlElement {
	return element("info", { id: `urn:parlano:ma:info:${name}` }, value);
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
		byMask.set(key, [...(byMask.get(key) ?? []), id]);
	}
	return [...byMask]
		.sort(([a], [b]) => b - a)
		.map(([key, ids]) => element("aib", { key, value: ids.join(",") }));
}

/** `<fib>`: a room of a batch that could not be joined, and why. */
export function fib(domain: string, room: string, key: string): XmlElement {
	return element("fib", { key, value: room, domain });
}
