/** Long replies are cut between elements, so that each part fits into one frame of the SIP server's control protocol. */
import type {
	JoinOutcome,
	Message,
	Participant,
	RoomView,
	UserUri,
} from "../rooms/types.ts";
import {
	aibOfRoom,
	aibsOfParticipants,
	audit,
	chanib,
	fib,
	permissionMask,
	rosterInfo,
	uib,
} from "./elements.ts";
import { messageElement } from "./message.ts";
import { refusals } from "./replies.ts";
import { element, writeXml, type XmlElement } from "./xml.ts";

export function sizeOf(...elements: readonly XmlElement[]): number {
	let bytes = 0;
	for (const each of elements) bytes += Buffer.byteLength(writeXml(each));
	return bytes;
}

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
	readonly parts: readonly (readonly XmlElement[])[];
	readonly notices: readonly (readonly XmlElement[])[];
}

/** Each part is a whole reply for some of the rooms, with one `uib` for each distinct user in it. */
export function splitJoin(
	domain: string,
	outcomes: readonly JoinOutcome[],
	self: UserUri,
	budgetBytes: number,
): JoinReply {
	const parts: XmlElement[][] = [];
	const latecomers: XmlElement[] = [];
	let rooms: SeatedRoom[] = [];
	const flush = () => {
		if (rooms.length > 0) parts.push(joinData(domain, rooms));
		rooms = [];
	};
	for (const outcome of outcomes) {
		if (!("view" in outcome)) continue;
		const { seated, others } = seat(domain, outcome.view, self, budgetBytes);
		const alone = { view: outcome.view, participants: seated };
		if (sizeOf(...joinData(domain, [...rooms, alone])) > budgetBytes) flush();
		rooms.push(alone);
		latecomers.push(...others);
	}
	flush();
	const failed = outcomes.flatMap((outcome) =>
		"refusal" in outcome
			? [fib(domain, outcome.room, refusals[outcome.refusal.reason].name)]
			: [],
	);
	if (failed.length > 0) {
		const groups = splitElements(failed, budgetBytes);
		const last = parts.at(-1);
		const [first] = groups;
		if (last && first && sizeOf(...last, ...first) <= budgetBytes) {
			last.push(...first);
			groups.shift();
		}
		parts.push(...groups);
	}
	if (parts.length === 0) parts.push([]);
	return {
		parts,
		notices:
			latecomers.length === 0 ? [] : splitElements(latecomers, budgetBytes),
	};
}

interface SeatedRoom {
	readonly view: RoomView;
	readonly participants: readonly Participant[];
}

/** As many participants as fit beside the room, the joiner first; the others as `uib`s of a notice. */
function seat(
	domain: string,
	view: RoomView,
	self: UserUri,
	budgetBytes: number,
): { seated: readonly Participant[]; others: readonly XmlElement[] } {
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
	const others = ordered
		.slice(count)
		.map(({ user, standing }) =>
			uib(
				user,
				undefined,
				aibOfRoom(domain, view.room.id, permissionMask(view.room, standing)),
			),
		);
	return { seated: ordered.slice(0, count), others };
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

/** Messages as history shows them, numbered; what is too long even alone goes without its RTF copy. */
export function historyElements(
	domain: string,
	messages: readonly Message[],
	bodyBytes: number,
): readonly XmlElement[] {
	return messages.map((message, index) => {
		const seqid = index + 1;
		const rich = messageElement("msg", domain, message, true, seqid);
		return sizeOf(rich) <= bodyBytes - chanibBytes
			? rich
			: messageElement("msg", domain, message, false, seqid);
	});
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
