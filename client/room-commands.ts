/** Entering rooms, reading and searching what was said in them, and closing the gap after a reconnection. */
import { element, optionalAttribute } from "../plugin/xccos/xml.ts";
import { ChatRefused } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import type { JoinedRoom, JoinedRooms, Tell } from "./joined-rooms.ts";
import type {
	ChatMessage,
	FoundMessages,
	MessageSearch,
	MessagesBeside,
} from "./types.ts";
import { readFailures, readHistory, splitRoomUri } from "./xccos/blocks.ts";
import { encodeCommand } from "./xccos/envelope.ts";
import { isTrue, named } from "./xccos/read.ts";

/** One line of XML is one line of SIP, and SIP servers limit lines: 8,192 bytes at drachtio. */
const roomsPerBatch = 50;
const firstGapCount = 50;
/** When the service names no limit. */
const gapCountLimit = 500;

/** `<chanid>`; throws `ChatRefused` for what is no room URI. */
export function chanid(room: string, key: number) {
	const parts = splitRoomUri(room);
	if (!parts) {
		throw new ChatRefused(
			`join ${room}`,
			404,
			"a room is named ma-chan://<domain>/<id>",
		);
	}
	return element("chanid", { key, ...parts });
}

/** Enters rooms with `bjoin`; `rooms` learns of them as the replies come. Resolves with those that could not be entered. */
export async function joinAll(
	exchange: Exchange,
	uris: readonly string[],
	rooms: JoinedRooms,
): Promise<ReadonlyMap<string, ChatRefused>> {
	const failures = new Map<string, ChatRefused>();
	for (let start = 0; start < uris.length; start += roomsPerBatch) {
		const batch = uris.slice(start, start + roomsPerBatch).map(chanid);
		const parts = await exchange.command("bjoin", (envid) =>
			encodeCommand(envid, "bjoin", ...batch),
		);
		for (const part of parts) {
			for (const [room, why] of readFailures(part.data)) {
				failures.set(room, why);
			}
		}
	}
	for (const uri of uris) {
		if (failures.has(uri) || rooms.all.has(uri)) continue;
		failures.set(
			uri,
			new ChatRefused(`join ${uri}`, 404, "the service does not let you in"),
		);
	}
	return failures;
}

/** The last `count` messages, oldest first; the service may give fewer. */
export async function readHistoryOf(
	exchange: Exchange,
	room: string,
	count: number,
): Promise<readonly ChatMessage[]> {
	const parts = await exchange.command("history", (envid) =>
		encodeCommand(
			envid,
			"bccontext",
			element("chanib", { uri: room }),
			element("bcq", {}, element("last", { cnt: count })),
		),
	);
	return parts.flatMap((part) => readHistory(part.data));
}

/** Messages of a room beside number `sequence`, oldest first. */
export async function readBeside(
	exchange: Exchange,
	room: string,
	{ side, sequence, count }: MessagesBeside,
): Promise<readonly ChatMessage[]> {
	const around = side === "around";
	const parts = await exchange.command("history", (envid) =>
		encodeCommand(
			envid,
			around ? "bccontext" : "bcbymsg",
			element("chanib", { uri: room }),
			element(
				"bcq",
				{},
				element("msgid", { id: sequence }),
				element("limit", { cnt: count }),
				element("sort", {
					srt: "false",
					searchbkwds: String(side !== "after"),
				}),
			),
		),
	);
	return parts.flatMap((part) => readHistory(part.data));
}

/** Messages by words, authors and dates. */
export async function findMessages(
	exchange: Exchange,
	{ words, match, matchCase, authors, from, to, rooms, count }: MessageSearch,
): Promise<FoundMessages> {
	const matchType = { all: "ALL", any: "ANY", phrase: "PHRASE" }[
		match ?? "all"
	];
	const parts = await exchange.command("search", (envid) =>
		encodeCommand(
			envid,
			"bcbydate",
			...(rooms ?? []).map((uri) => element("chanib", { uri })),
			element(
				"bcq",
				{},
				element("limit", { cnt: count ?? 25 }),
				element(
					"text",
					{ mt: matchType, mc: String(matchCase ?? false) },
					words,
				),
				...(authors ?? []).map((uri) => element("author", { uri })),
				element("date", { from: from?.toISOString(), to: to?.toISOString() }),
				element("sort", { srt: "false", searchbkwds: "true" }),
			),
		),
	);
	const pages = parts.flatMap(({ data }) => named(data, "page"));
	return {
		messages: parts.flatMap((part) => readHistory(part.data)),
		more: pages.some((page) =>
			isTrue(optionalAttribute(page, "moreAvailable")),
		),
	};
}

/** Learns which message is the newest, so that a later gap can be told from what was before our time. */
export async function markStart(
	exchange: Exchange,
	room: JoinedRoom,
): Promise<void> {
	try {
		const history = await readHistoryOf(exchange, room.info.uri, 1);
		room.delivery.startAfter(history.at(-1)?.sequence ?? 0);
	} catch (error) {
		// History that may not be read cannot fill a gap either.
		if (!(error instanceof ChatRefused)) throw error;
	}
}

/** Tells what was posted since the last message told, then lets live messages flow again (`delivery.hold()` came before). */
export async function fillGap(
	exchange: Exchange,
	room: JoinedRoom,
	searchLimit: number | undefined,
	tell: Tell,
): Promise<void> {
	const limit = searchLimit ?? gapCountLimit;
	const after = room.delivery.upTo;
	let history: readonly ChatMessage[] = [];
	try {
		for (let count = firstGapCount; ; count *= 4) {
			const asked = Math.min(count, limit);
			history = await readHistoryOf(exchange, room.info.uri, asked);
			if (after === undefined || history.length < asked) break;
			if (reaches(history, after) || asked === limit) break;
		}
	} catch (error) {
		if (!(error instanceof ChatRefused)) throw error;
	}
	const before = history[0]?.sequence;
	if (after !== undefined && before !== undefined && before > after + 1) {
		tell("gap", { room, after, before });
	}
	room.delivery.fill(history);
}

function reaches(history: readonly ChatMessage[], after: number): boolean {
	const oldest = history[0]?.sequence;
	return oldest === undefined || oldest <= after + 1;
}
