/** The blocks in `<data>` that a client reads: rooms (`<chanib>`), people and what they may do (`<uib>`, `<aib>`), messages. */
import {
	children,
	optionalAttribute,
	textOf,
	type XmlElement,
} from "../../plugin/xccos/xml.ts";
import { ChatRefused } from "../errors.ts";
import type {
	ChatMessage,
	FollowedRoom,
	Invitation,
	Person,
	RoomInfo,
} from "../types.ts";
import {
	filled,
	firstChild,
	instant,
	isTrue,
	named,
	textWithLf,
	wholeNumber,
} from "./read.ts";

const infoIds = "urn:parlano:ma:info:";
const propIds = "urn:parlano:ma:prop:";

/** `key` of `<aib>`: a mask of permissions. */
const manageBit = 4;
const presentBit = 4096;

/** `<chanib>`, as searches, associations, joins and invitations give it; undefined without a `uri`. */
function readRoom(chanib: XmlElement): RoomInfo | undefined {
	const uri = filled(chanib, "uri");
	if (uri === undefined) return undefined;
	const visibility =
		infoText(chanib, "visibility") ?? infoText(chanib, "visibilty");
	const category = filled(chanib, "parent");
	const participantCount = wholeNumber(infoText(chanib, "ucnt"));
	const privacy = privacyOf(visibility);
	const roster = infoText(chanib, "roster");
	const audit = firstChild(chanib, "audit");
	const version = audit && filled(audit, "updatedon");
	const addIn = filled(chanib, "siopname");
	const logged = propText(chanib, "logged");
	const filepost = propText(chanib, "filepost");
	return {
		uri,
		name: optionalAttribute(chanib, "name") ?? "",
		description: optionalAttribute(chanib, "description") ?? "",
		auditorium:
			optionalAttribute(chanib, "behavior")?.toLowerCase() === "auditorium",
		disabled: isTrue(optionalAttribute(chanib, "disabled")),
		...(category !== undefined && { category }),
		...(participantCount !== undefined && { participantCount }),
		...(privacy !== undefined && { privacy }),
		...(roster !== undefined && {
			rosterHidden: roster.trim().toLowerCase() === "hidden",
		}),
		...(version !== undefined && { version }),
		...(logged !== undefined && { history: isTrue(logged) }),
		...(filepost !== undefined && { files: isTrue(filepost) }),
		...(addIn !== undefined && {
			addIn: { name: addIn, url: filled(chanib, "siopurl") ?? "" },
		}),
	};
}

function privacyOf(visibility: string | undefined): RoomInfo["privacy"] {
	const word = visibility?.trim().toLowerCase();
	if (word === "open") return "open";
	if (word === "private") return "secret";
	return word === "scoped" ? "closed" : undefined;
}

/** The text of the `<info>` of this name. */
function infoText(chanib: XmlElement, name: string): string | undefined {
	return textWithId(children(chanib, "info"), `${infoIds}${name}`);
}

/** … of the `<prop>`. */
function propText(chanib: XmlElement, name: string): string | undefined {
	return textWithId(children(chanib, "prop"), `${propIds}${name}`);
}

function textWithId(
	elements: readonly XmlElement[],
	id: string,
): string | undefined {
	const found = elements.find(
		(each) => optionalAttribute(each, "id")?.toLowerCase() === id,
	);
	return found && textOf(found);
}

/** Every `<chanib>` that names a room, with how much is to be read there. */
export function readFollowed(
	data: readonly XmlElement[],
): readonly FollowedRoom[] {
	return named(data, "chanib").flatMap((chanib) => {
		const room = readRoom(chanib);
		if (room === undefined) return [];
		const number = (id: string) => wholeNumber(infoText(chanib, id));
		const count = number("unread");
		const addressed = number("addressed") ?? 0;
		return [
			{ ...room, ...(count !== undefined && { unread: { count, addressed } }) },
		];
	});
}

/** Every `<chanib>` that names a room. */
export function readRooms(data: readonly XmlElement[]): readonly RoomInfo[] {
	return named(data, "chanib")
		.map(readRoom)
		.filter((room) => room !== undefined);
}

/** `rpl:join`, `rpl:bjoin`: each `<chanib>` with those of the `<uib>`s beside it that its `<aib>`s name. */
export function readJoinedRooms(
	data: readonly XmlElement[],
): readonly { readonly info: RoomInfo; readonly people: readonly Person[] }[] {
	const users = new Map<string, XmlElement>();
	for (const uib of named(data, "uib")) {
		const id = optionalAttribute(uib, "id");
		if (id !== undefined) users.set(id, uib);
	}
	const rooms = [];
	for (const chanib of named(data, "chanib")) {
		const info = readRoom(chanib);
		if (info === undefined) continue;
		const people = children(chanib, "aib").flatMap((aib) =>
			(optionalAttribute(aib, "value") ?? "")
				.split(",")
				.map((id) => users.get(id.trim()))
				.map((uib) => uib && readPerson(uib, aib))
				.filter((person) => person !== undefined),
		);
		rooms.push({ info, people });
	}
	return rooms;
}

/** `<fib>` of `rpl:bjoin`: room URI → why it could not be joined. */
export function readFailures(
	data: readonly XmlElement[],
): ReadonlyMap<string, ChatRefused> {
	const failures = new Map<string, ChatRefused>();
	for (const fib of named(data, "fib")) {
		const room = roomUri(fib);
		const why = filled(fib, "key") ?? "OPERATION_FAILED";
		if (!room) continue;
		const code = /NO_SUCH/i.test(why) ? 404 : 403;
		failures.set(room, new ChatRefused(`join ${room}`, code, why));
	}
	return failures;
}

/** `ntc:join`, `ntc:bjoin`: a `<uib>` with one `<aib>` for each room it entered. */
export function readJoins(
	data: readonly XmlElement[],
): readonly { readonly room: string; readonly person: Person }[] {
	return named(data, "uib").flatMap((uib) =>
		children(uib, "aib").flatMap((aib) => {
			const room = roomUri(aib);
			const person = readPerson(uib, aib);
			return room && person ? [{ room, person }] : [];
		}),
	);
}

/** `ntc:part`: `<chanib>`s, each with the `<uib>`s that left it. */
export function readParts(
	data: readonly XmlElement[],
): readonly { readonly room: string; readonly user: string }[] {
	return named(data, "chanib").flatMap((chanib) => {
		const room = filled(chanib, "uri");
		return children(chanib, "uib").flatMap((uib) => {
			const user = filled(uib, "uri");
			return room && user ? [{ room, user }] : [];
		});
	});
}

function readPerson(uib: XmlElement, aib: XmlElement): Person | undefined {
	const uri = filled(uib, "uri");
	if (uri === undefined) return undefined;
	const mask = Number(optionalAttribute(aib, "key") ?? 0);
	return {
		uri,
		name: filled(uib, "uname") ?? filled(uib, "dispname") ?? userPart(uri),
		manager: (mask & manageBit) !== 0,
		presenter: (mask & presentBit) !== 0,
	};
}

/** The room that a `<fib>` or `<aib>` names by `domain` and `value`. */
function roomUri(block: XmlElement): string | undefined {
	const domain = filled(block, "domain");
	const value = filled(block, "value");
	return domain && value ? `ma-chan://${domain}/${value}` : undefined;
}

/** `ma-chan://<domain>/<value>` → its parts, as `<chanid>` wants them. */
export function splitRoomUri(
	uri: string,
): { readonly domain: string; readonly value: string } | undefined {
	const match = /^ma-chan:\/\/([^/]+)\/(.+)$/i.exec(uri);
	return match?.[1] === undefined || match[2] === undefined
		? undefined
		: { domain: match[1], value: match[2] };
}

/** `<grpchat>`, or `<msg>` in a history; undefined when it lacks room or author. */
export function readMessage(from: XmlElement): ChatMessage | undefined {
	const room = filled(from, "chanUri");
	const author = filled(from, "author");
	if (room === undefined || author === undefined) return undefined;
	const sequence = wholeNumber(optionalAttribute(from, "chatId"));
	return {
		room,
		author: { uri: author, name: filled(from, "authdisp") ?? userPart(author) },
		text: textWithLf(firstChild(from, "chat")),
		alert: isTrue(optionalAttribute(from, "alert")),
		at: instant(optionalAttribute(from, "ts")) ?? new Date(),
		...(sequence !== undefined && { sequence }),
	};
}

/** `rpl:bccontext`: the messages under its `<chanib>`s, in the order of the document. */
export function readHistory(
	data: readonly XmlElement[],
): readonly ChatMessage[] {
	return named(data, "chanib").flatMap((chanib) =>
		children(chanib, "msg")
			.filter((msg) => optionalAttribute(msg, "id") === "grpchat")
			.map(readMessage)
			.filter((message) => message !== undefined),
	);
}

/** `<inv>` with its room. */
export function readInvitations(
	data: readonly XmlElement[],
): readonly Invitation[] {
	return named(data, "inv").flatMap((inv) => {
		const id = filled(inv, "inviteId");
		const chanib = firstChild(inv, "chanib");
		const room = chanib && readRoom(chanib);
		const at = instant(optionalAttribute(inv, "createdon"));
		return id && room ? [{ id, room, ...(at !== undefined && { at }) }] : [];
	});
}

/** `alice` of `sip:alice@example.com`. */
export function userPart(uri: string): string {
	return /^(?:sips?:)?([^@;]+)/i.exec(uri)?.[1] ?? uri;
}
