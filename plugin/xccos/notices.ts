/**
 * What happened in a room → the body of the INFO that tells it: `grpchat`, `ntc:join`, `ntc:bjoin`, `ntc:part`, `ntc:kick`,
 * `ntc:chanmodify`, `ntc:permissions`, `ntc:roster`, `ntc:newcontent`; others are in `invitations.ts` and `moderation.ts`. A `Notice` is packed with others into as few bodies as fit.
 */
import type { RoomEvent } from "../rooms/events.ts";
import type {
	Message,
	Participant,
	RoomId,
	RoomSummary,
	Unread,
} from "../rooms/types.ts";
import {
	aibOfRoom,
	audit,
	chanib,
	permissionMask,
	roomUriOf,
	rosterInfo,
	uib,
	unreadInfos,
} from "./elements.ts";
import { encodeEnvelope } from "./envelope.ts";
import { messageElement } from "./message.ts";
import { element, writeXml, type XmlElement } from "./xml.ts";

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

/** A part of a notice that stands for itself, encoded once for everybody who is told. */
export interface NoticeBlock {
	/** What it tells of. */
	readonly rooms: readonly RoomId[];
	readonly written: string;
	readonly bytes: number;
	/** The same, told of only these rooms. */
	only(rooms: readonly RoomId[]): NoticeBlock;
}

/** What is to be told: several are packed into one body, as many blocks as fit. */
export interface Notice {
	/** `ntc:join`. */
	readonly id: string;
	readonly blocks: readonly NoticeBlock[];
}

/** What the blocks of one body may take, so that it shares the control connection with others. */
export const noticeBytes = 2_800;

/** A name of the longest, escaped, leaves place for so many rooms beside it. */
const roomsPerBlock = 10;

export function blockOf(
	rooms: readonly RoomId[],
	make: (rooms: readonly RoomId[]) => XmlElement,
): NoticeBlock {
	const written = writeXml(make(rooms));
	return {
		rooms,
		written,
		bytes: Buffer.byteLength(written),
		only: (some) => blockOf(some, make),
	};
}

/** `ntc:join`, or `ntc:bjoin` for several rooms joined by one command; `rooms` are those shared with the receiver. */
export function joinedNotice(
	domain: string,
	{ user, batch }: Pick<Joined, "user" | "batch">,
	rooms: Joined["rooms"],
): Notice {
	const blocks: NoticeBlock[] = [];
	for (let start = 0; start < rooms.length; start += roomsPerBlock) {
		const some = rooms.slice(start, start + roomsPerBlock);
		const make = (told: readonly RoomId[]) =>
			uib(
				user,
				undefined,
				...some
					.filter(({ room }) => told.includes(room))
					.map(({ room, type, standing }) =>
						aibOfRoom(domain, room, permissionMask({ type }, standing)),
					),
			);
		const told = some.map(({ room }) => room);
		blocks.push(blockOf(told, make));
	}
	return { id: batch ? "ntc:bjoin" : "ntc:join", blocks };
}

/** `ntc:part`; `rooms` are those shared with the receiver. COMPAT(pidgin-sipe): one user in each `<chanib>`. */
export function partedNotice(
	domain: string,
	users: readonly Participant["user"][],
	rooms: readonly RoomId[],
): Notice {
	const blocks = users.flatMap((user) =>
		rooms.map((room) =>
			blockOf([room], () =>
				element("chanib", { uri: roomUriOf(domain, room) }, uib(user)),
			),
		),
	);
	return { id: "ntc:part", blocks };
}

/** `ntc:join` for people of one room who came unnoticed; `ntc:permissions` for what they may do now. */
export function participantsNotice(
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
): Notice {
	const blocks = participants.map(({ user, standing }) => {
		const mask = permissionMask({ type: roomType }, standing);
		return blockOf([room], () =>
			uib(user, undefined, aibOfRoom(domain, room, mask)),
		);
	});
	return { id, blocks };
}

/** `ntc:roster`: from now on people are told of, or are told of no more, as they come and go. */
export function rosterNotice(
	domain: string,
	room: RoomId,
	hidden: boolean,
): Notice {
	const uri = roomUriOf(domain, room);
	const block = blockOf([room], () =>
		element("chanib", { uri }, rosterInfo(hidden)),
	);
	return { id: "ntc:roster", blocks: [block] };
}

/** One body for all of these blocks, in their order: one `<ntc>` for each run of one kind. */
export function encodeNotices(
	envid: string,
	blocks: readonly { readonly id: string; readonly block: NoticeBlock }[],
): string {
	const runs: { id: string; written: string[] }[] = [];
	for (const { id, block } of blocks) {
		const last = runs.at(-1);
		if (last?.id === id) last.written.push(block.written);
		else runs.push({ id, written: [block.written] });
	}
	return encodeEnvelope(
		envid,
		...runs.map(({ id, written }) =>
			element(
				"ntc",
				{ id, seqid: 1 },
				element("data", {}, { written: written.join("\n") }),
			),
		),
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
export function changedNotice(domain: string, summary: RoomSummary): Notice {
	const block = blockOf([summary.room.id], () =>
		chanib(domain, summary, audit(summary.room)),
	);
	return { id: "ntc:chanmodify", blocks: [block] };
}

/** `ntc:newcontent`, of our choosing: a followed room that the receiver is not in has something new. */
export function newContentNotice(
	domain: string,
	summary: RoomSummary,
	unread: Unread,
): Notice {
	const make = () => chanib(domain, summary, ...unreadInfos(unread));
	return { id: "ntc:newcontent", blocks: [blockOf([summary.room.id], make)] };
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
