/** Long replies are cut between elements, so that each part fits into one frame of the SIP server's control protocol. */
import type {
	JoinOutcome,
	Message,
	Participant,
	RoomId,
	RoomView,
	UserUri,
} from "../rooms/types.ts";
import {
	aibsOfParticipants,
	audit,
	chanib,
	fib,
	rosterInfo,
	uib,
} from "./elements.ts";
import { messageElement } from "./message.ts";
import { type Notice, participantsNotice } from "./notices.ts";
import { refusals } from "./replies.ts";
import {
	children,
	element,
	optionalAttribute,
	sizeOf,
	type XmlElement,
} from "./xml.ts";

/** Elements in their order, in groups of at most `budgetBytes`; one that is larger alone stands alone. Never no group. */
export function splitElements(
	elements: readonly XmlElement[],
	budgetBytes: number,
): XmlElement[][] {
	const groups: XmlElement[][] = [];
	let group: XmlElement[] = [];
	let bytes = 0;
	for (const each of elements) {
		const size = sizeOf(each);
		if (group.length > 0 && bytes + size > budgetBytes) {
			groups.push(group);
			group = [];
			bytes = 0;
		}
		group.push(each);
		bytes += size;
	}
	groups.push(group);
	return groups;
}

/** A join reply in parts, and the participants that found no place: they follow as `ntc:join`. */
export interface JoinReply {
	readonly parts: readonly JoinPart[];
	readonly notices: readonly Notice[];
}

export interface JoinPart {
	readonly data: readonly XmlElement[];
	/** Those that were joined. */
	readonly rooms: readonly RoomId[];
	/** The same, as if only these had been joined, and the others refused. */
	only(rooms: readonly RoomId[]): readonly XmlElement[];
}

/** Each part is a whole reply for some of the rooms, with one `uib` for each distinct user in it. */
export function splitJoin(
	domain: string,
	outcomes: readonly JoinOutcome[],
	self: UserUri,
	budgetBytes: number,
): JoinReply {
	const parts: Part[] = [];
	const notices: Notice[] = [];
	for (const outcome of outcomes) {
		if (!("view" in outcome)) continue;
		const { view } = outcome;
		const { seated, others } = seat(domain, view, self, budgetBytes);
		const alone = { view, participants: seated };
		const last = parts.at(-1);
		const together = last && partOf(domain, [...last.rooms, alone]);
		if (together && together.bytes <= budgetBytes)
			parts.splice(-1, 1, together);
		else parts.push(partOf(domain, [alone]));
		if (others.length > 0) notices.push(latecomers(domain, view, others));
	}
	const failed = outcomes.flatMap((outcome) =>
		"refusal" in outcome
			? [fib(domain, outcome.room, refusals[outcome.refusal.reason].name)]
			: [],
	);
	if (failed.length > 0) {
		const [first = [], ...others] = splitElements(failed, budgetBytes);
		const last = parts.at(-1);
		const fits = last && last.bytes + sizeOf(...first) <= budgetBytes;
		if (fits) parts.splice(-1, 1, { ...last, failed: first });
		else parts.push({ ...partOf(domain, []), failed: first });
		for (const failed of others) parts.push({ ...partOf(domain, []), failed });
	}
	if (parts.length === 0) parts.push(partOf(domain, []));
	return { parts: parts.map((part) => joinPart(domain, part)), notices };
}

interface Part {
	readonly rooms: readonly SeatedRoom[];
	readonly data: readonly XmlElement[];
	readonly bytes: number;
	readonly failed: readonly XmlElement[];
}

function partOf(domain: string, rooms: readonly SeatedRoom[]): Part {
	const data = joinData(domain, rooms);
	return { rooms, data, bytes: sizeOf(...data), failed: [] };
}

function joinPart(domain: string, { rooms, data, failed }: Part): JoinPart {
	return {
		data: [...data, ...failed],
		rooms: rooms.map(({ view }) => view.room.id),
		only(some) {
			const kept = rooms.filter(({ view }) => some.includes(view.room.id));
			const lost = rooms
				.filter((room) => !kept.includes(room))
				.map(({ view }) => fib(domain, view.room.id, refusals.forbidden.name));
			return [...joinData(domain, kept), ...lost, ...failed];
		},
	};
}

function latecomers(
	domain: string,
	{ room }: RoomView,
	participants: readonly Participant[],
): Notice {
	const told = { room: room.id, roomType: room.type, participants };
	return participantsNotice(domain, "ntc:join", told);
}

interface SeatedRoom {
	readonly view: RoomView;
	readonly participants: readonly Participant[];
}

/** As many participants as fit beside the room, the joiner first; the others are told of by a notice. */
function seat(
	domain: string,
	view: RoomView,
	self: UserUri,
	budgetBytes: number,
): { seated: readonly Participant[]; others: readonly Participant[] } {
	const ordered = [
		...view.participants.filter(({ user }) => user.uri === self),
		...view.participants.filter(({ user }) => user.uri !== self),
	];
	let bytes = sizeOf(...joinData(domain, [{ view, participants: [] }])) + 60;
	let count = 0;
	for (const { user } of ordered) {
		bytes += sizeOf(uib(user, count)) + String(count).length + 1;
		if (bytes > budgetBytes && count > 0) break;
		count += 1;
	}
	return { seated: ordered.slice(0, count), others: ordered.slice(count) };
}

/** `chanib` for each room and, beside them, one `uib` for each distinct user. */
function joinData(domain: string, rooms: readonly SeatedRoom[]): XmlElement[] {
	const ids = new Map<UserUri, number>();
	const users: XmlElement[] = [];
	const chanibs = rooms.map(({ view, participants }) => {
		const numbered = participants.map(({ user, standing }) => {
			let id = ids.get(user.uri);
			if (id === undefined) {
				id = ids.size;
				ids.set(user.uri, id);
				users.push(uib(user, id));
			}
			return { id, standing };
		});
		return chanib(
			domain,
			view,
			audit(view.room),
			...(view.rosterHidden ? [rosterInfo(true)] : []),
			...aibsOfParticipants(view.room, numbered),
		);
	});
	return [...chanibs, ...users];
}

/** Messages as history shows them, numbered; what is too long even alone goes without its RTF copy. The same ones, asked for by many, are written once. */
export function historyElements(
	domain: string,
	messages: readonly Message[],
	bodyBytes: number,
): readonly XmlElement[] {
	const before = shown.get(messages);
	if (before?.domain === domain && before.bodyBytes === bodyBytes) {
		return before.elements;
	}
	const elements = messages.map((message, index) => {
		const seqid = index + 1;
		const rich = messageElement("msg", domain, message, true, seqid);
		return sizeOf(rich) <= bodyBytes - chanibBytes
			? rich
			: messageElement("msg", domain, message, false, seqid);
	});
	shown.set(messages, { domain, bodyBytes, elements });
	return elements;
}

const shown = new WeakMap<
	readonly Message[],
	{
		readonly domain: string;
		readonly bodyBytes: number;
		readonly elements: readonly XmlElement[];
	}
>();

/** The numbers of the messages in a part of history. */
export function sequencesIn(data: readonly XmlElement[]): readonly number[] {
	return data
		.flatMap((chanib) => children(chanib, "msg"))
		.map((msg) => Number(optionalAttribute(msg, "chatId")));
}

/** What the `<chanib>` around messages may take. */
const chanibBytes = 200;

/** `<chanib>` with as many of the messages as fit, repeated for the rest; never no group. */
export function splitHistory(
	attributes: Readonly<Record<string, string | number | undefined>>,
	messages: readonly XmlElement[],
	budgetBytes: number,
): XmlElement[][] {
	const overhead = sizeOf(element("chanib", attributes, "")) + 10;
	return splitElements(messages, budgetBytes - overhead).map((group) => [
		element("chanib", attributes, ...group),
	]);
}
