/** What happened in a room → the body of the INFO that tells it: `grpchat`, `ntc:join`, `ntc:bjoin`, `ntc:part`. */
import type {
	Message,
	Participant,
	RoomEvent,
	RoomId,
} from "../rooms/types.ts";
import { aibOfRoom, permissionMask, roomUriOf, uib } from "./elements.ts";
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

/** `ntc:part`; `rooms` are those shared with the receiver. */
export function encodeParted(
	nextEnvid: () => string,
	domain: string,
	user: Participant["user"],
	rooms: readonly RoomId[],
): string[] {
	const blocks = rooms.map((room) =>
		element("chanib", { uri: roomUriOf(domain, room) }, uib(user)),
	);
	return splitElements(blocks, noticeBytes).map((some) =>
		encodeNotice(nextEnvid(), "ntc:part", ...some),
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
