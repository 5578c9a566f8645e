/**
 * What happened in a room → the body of the INFO that tells it: `grpchat`, `ntc:join`, `ntc:bjoin`, `ntc:part`, `ntc:kick`,
 * `ntc:chanmodify`, `ntc:permissions`. Many people at once are packed into as few as fit.
 */
import type {
	Message,
	Participant,
	RoomEvent,
	RoomId,
	RoomSummary,
} from "../rooms/types.ts";
import {
	aibOfRoom,
	audit,
	chanib,
	permissionMask,
	roomUriOf,
	uib,
} from "./elements.ts";
import { encodeEnvelope } from "./envelope.ts";
import { messageElement } from "./message.ts";
import { splitElements } from "./split.ts";
import { element, type XmlElement } from "./xml.ts";

/** The longest body that every SIP server on the way carries whole (drachtio-server copies 12,288 bytes at most). */
export const maxBodyBytes = 11_500;

/** The RTF copy goes along while the whole fits into one body. */
export function encodeMessage(
	envid: string,
	domain: string,
	message: Message,
): string {
	const rich = encodeEnvelope(
		envid,
		messageElement("grpchat", domain, message, true),
	);
	if (Buffer.byteLength(rich) <= maxBodyBytes) return rich;
	return encodeEnvelope(
		envid,
		messageElement("grpchat", domain, message, false),
	);
}

type Joined = Extract<RoomEvent, { type: "joined" }>;

/** What a notice's rooms may take, so that it shares the control connection with others. */
const noticeBytes = 2_800;

/** `ntc:join`, or `ntc:bjoin` for several rooms joined by one command; `rooms` are those shared with the receiver. */
export function encodeJoined(
	nextEnvid: () => string,
	domain: string,
	{ user, batch }: Pick<Joined, "user" | "batch">,
	rooms: Joined["rooms"],
): string[] {
	const blocks = rooms.map(({ room, type, standing }) =>
		aibOfRoom(domain, room, permissionMask({ type }, standing)),
	);
	return splitElements(blocks, noticeBytes).map((some) =>
		encodeNotice(
			nextEnvid(),
			batch ? "ntc:bjoin" : "ntc:join",
			uib(user, undefined, ...some),
		),
	);
}

/** `ntc:part`; `rooms` are those shared with the receiver. COMPAT(pidgin-sipe): one user in each `<chanib>`. */
export function encodeParted(
	nextEnvid: () => string,
	domain: string,
	users: readonly Participant["user"][],
	rooms: readonly RoomId[],
): string[] {
	const blocks = users.flatMap((user) =>
		rooms.map((room) =>
			element("chanib", { uri: roomUriOf(domain, room) }, uib(user)),
		),
	);
	return splitElements(blocks, noticeBytes).map((some) =>
		encodeNotice(nextEnvid(), "ntc:part", ...some),
	);
}

/** `ntc:join` for people of one room who came unnoticed; `ntc:permissions` for what they may do now. */
export function encodeParticipants(
	nextEnvid: () => string,
	domain: string,
	id: "ntc:join" | "ntc:permissions",
	{
		room,
		roomType,
		participants,
	}: Pick<
		Extract<RoomEvent, { type: "roster" }>,
		"room" | "roomType" | "participants"
	>,
): string[] {
	if (participants.length === 0) return [];
	const blocks = participants.map(({ user, standing }) => {
		const mask = permissionMask({ type: roomType }, standing);
		return uib(user, undefined, aibOfRoom(domain, room, mask));
	});
	return splitElements(blocks, noticeBytes).map((some) =>
		encodeNotice(nextEnvid(), id, ...some),
	);
}

/** `ntc:kick`, to whoever is out of the room. */
export function encodeKicked(
	envid: string,
	domain: string,
	{ room, why }: Pick<Extract<RoomEvent, { type: "kicked" }>, "room" | "why">,
): string {
	const uri = roomUriOf(domain, room);
	return encodeNotice(
		envid,
		"ntc:kick",
		element("chanib", { uri, reason: why }),
	);
}

/** `ntc:chanmodify`: the room as it is now. */
export function encodeChanged(
	envid: string,
	domain: string,
	summary: RoomSummary,
): string {
	return encodeNotice(
		envid,
		"ntc:chanmodify",
		chanib(domain, summary, audit(summary.room)),
	);
}

export function encodeNotice(
	envid: string,
	id: string,
	...data: readonly XmlElement[]
): string {
	return encodeEnvelope(
		envid,
		element("ntc", { id, seqid: 1 }, element("data", {}, ...data)),
	);
}
