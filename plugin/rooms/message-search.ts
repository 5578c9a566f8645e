/** Finding messages by what they say, who wrote them and when; in rooms that the actor may read, and in no others. */
import { randomUUID } from "node:crypto";
import type {
	ComplianceEvent,
	HistoryAsked,
	SearchAsked,
} from "../compliance/events.ts";
import { ChatError, noSuchRoom } from "../errors.ts";
import type { MessageQuery, MessagesFound } from "../store/index.ts";
import { mayRead, reads } from "./access.ts";
import { withHolder } from "./rights.ts";
import { placeOf } from "./telling.ts";
import type { Actor, Holder, Message, Room, RoomId, UserUri } from "./types.ts";
import { viewing } from "./viewing.ts";
import { phrasesOf, type Wording } from "./wording.ts";
import type { RoomsWork } from "./work.ts";

/** What is asked; what is not named does not matter. */
export interface MessageSearchRequest {
	/** Default: the rooms that the actor is a member of. Of several, those that he may not read are passed over. */
	readonly rooms?: readonly RoomId[] | undefined;
	/** As `Wording` has it; without it every message fits. */
	readonly wording?: Wording | undefined;
	readonly authors?: readonly UserUri[] | undefined;
	/** Posted then or later. */
	readonly from?: Date | undefined;
	/** Posted then or earlier. */
	readonly to?: Date | undefined;
	/** Only what comes after this sequence in the direction of the search. Needs one room. */
	readonly start?: number | undefined;
	/** Default true. */
	readonly newestFirst?: boolean | undefined;
	/** Default 25. */
	readonly limitPerRoom?: number | undefined;
	/** Messages in all; never more than the server's limit, which is the default. */
	readonly limit?: number | undefined;
}

export interface RoomMessages {
	readonly room: Room;
	/** In the direction of the search. */
	readonly messages: readonly Message[];
	/** How many there are: exact up to 200 or `limitPerRoom`, whichever is greater. */
	readonly total: number;
	/** There are, or may be, more than `total`. */
	readonly more: boolean;
}

export interface FoundMessages {
	/** Those with something found; when one room was asked for, that one. */
	readonly rooms: readonly RoomMessages[];
	/** There are, or may be, more than these: see `MessagesFound` of the store. */
	readonly cut: boolean;
}

export interface MessageSearching {
	/**
	 * Recorded as searched in each room that was looked through, found there or not (as viewed, when neither words nor authors
	 * were given).
	 * Throws `malformed`, `too-large`, and when one room was asked for as `mayRead` does.
	 */
	searchMessages(
		actor: Actor,
		request: MessageSearchRequest,
	): Promise<FoundMessages>;
}

const maxRooms = 200;
const maxAuthors = 20;
const defaultPerRoom = 25;

export function createMessageSearching(work: RoomsWork): MessageSearching {
	return {
		searchMessages: (actor, request) => searchMessages(work, actor, request),
	};
}

async function searchMessages(
	work: RoomsWork,
	actor: Actor,
	request: MessageSearchRequest,
): Promise<FoundMessages> {
	const asked = questionOf(work, request);
	return withHolder(work.rights, actor, async (holder, stale) => {
		const rooms = await readableRooms(work, holder, request.rooms);
		const looked = rooms.filter(({ category }) => category.history);
		const found = await work.store.readBack(looked, ({ messageSearch }) =>
			messageSearch.search({ ...asked, rooms: looked }),
		);
		const shown = roomsOf(rooms, found, request.rooms?.length === 1);
		const events = eventsOf(work, actor, request, looked, shown);
		if (events.length === 0) {
			return stale() ? undefined : { rooms: shown, cut: found.cut };
		}
		const recorded = await work.store.transaction(async (tx) => {
			// Whoever has just lost his right is shown nothing, and nothing is recorded.
			if (stale()) return false;
			await tx.outbox.add(...events);
			return true;
		});
		return recorded ? { rooms: shown, cut: found.cut } : undefined;
	});
}

function questionOf(
	{ store, limits }: RoomsWork,
	request: MessageSearchRequest,
): Omit<MessageQuery, "rooms"> {
	const { wording, authors, from, to, start, rooms } = request;
	if (start !== undefined && rooms?.length !== 1) {
		throw new ChatError(
			"malformed",
			"To go on from a message, name the one room that it is in.",
		);
	}
	if (authors !== undefined && authors.length > maxAuthors) {
		throw new ChatError(
			"too-large",
			`A search names at most ${maxAuthors} authors.`,
		);
	}
	const most = (limit: number) => {
		if (!Number.isInteger(limit) || limit < 1) {
			throw new ChatError(
				"malformed",
				"The number of messages must be a whole number of at least 1.",
			);
		}
		return Math.min(limit, limits.searchResults);
	};
	return {
		phrases:
			wording === undefined
				? []
				: phrasesOf(wording, store.messageSearch.unitsOf),
		match: wording?.match === "any" ? "any" : "all",
		matchCase: wording?.caseCounts ?? false,
		authors,
		from,
		to,
		start,
		newestFirst: request.newestFirst ?? true,
		limitPerRoom: most(request.limitPerRoom ?? defaultPerRoom),
		limit: most(request.limit ?? limits.searchResults),
	};
}

async function readableRooms(
	{ store }: RoomsWork,
	holder: Holder,
	ids: readonly RoomId[] | undefined,
): Promise<readonly Room[]> {
	if (ids === undefined) {
		const own = await store.rooms.withRole("member", holder, maxRooms);
		return own.map(({ room }) => room).filter(({ disabled }) => !disabled);
	}
	const distinct = [...new Set(ids)];
	if (distinct.length > maxRooms) {
		throw new ChatError(
			"too-large",
			`A search takes at most ${maxRooms} rooms.`,
		);
	}
	const known = await store.rooms.knownAmong(distinct, holder);
	if (distinct.length === 1) {
		const [one] = known;
		if (one === undefined) throw noSuchRoom();
		mayRead(one.room, one.standing);
		return [one.room];
	}
	return known
		.filter(({ room, standing }) => reads(room, standing))
		.map(({ room }) => room);
}

function roomsOf(
	rooms: readonly Room[],
	found: MessagesFound,
	alsoEmpty: boolean,
): readonly RoomMessages[] {
	const byRoom = new Map(found.rooms.map((each) => [each.room, each]));
	return rooms.flatMap((room) => {
		const {
			messages = [],
			total = 0,
			more = false,
		} = byRoom.get(room.id) ?? {};
		if (messages.length === 0 && !alsoEmpty) return [];
		return [{ room, messages, total, more }];
	});
}

/** One event for each room: whoever asks several has asked each of them. */
function eventsOf(
	{ now }: RoomsWork,
	actor: Actor,
	request: MessageSearchRequest,
	looked: readonly Room[],
	shown: readonly RoomMessages[],
): readonly ComplianceEvent[] {
	const words = request.wording?.words ?? request.authors?.join(" ");
	const found = new Map(shown.map((each) => [each.room.id, each.messages]));
	const asked = searchAsked(request, looked.length);
	const at = now();
	return looked.map((room): ComplianceEvent => {
		const messages = found.get(room.id) ?? [];
		const common = { at, actor, room: placeOf(room) };
		if (words === undefined) {
			return { ...viewing(messages, historyAsked(request)), ...common };
		}
		return {
			...common,
			id: randomUUID(),
			type: "searched",
			words,
			count: messages.length,
			sequences: messages.map(({ sequence }) => sequence),
			asked,
		};
	});
}

function searchAsked(
	request: MessageSearchRequest,
	roomCount: number,
): SearchAsked {
	const { wording, rooms, authors, from, to, start, newestFirst } = request;
	return {
		question: randomUUID(),
		rooms: rooms === undefined ? "own" : "named",
		roomCount,
		...wording,
		...{ authors, from, to, start },
		newestFirst: newestFirst ?? true,
		count: request.limitPerRoom ?? defaultPerRoom,
	};
}

function historyAsked(request: MessageSearchRequest): HistoryAsked {
	const { from, to, start, newestFirst = true } = request;
	const count = request.limitPerRoom ?? defaultPerRoom;
	if (start !== undefined && from === undefined && to === undefined) {
		const window = newestFirst ? "before" : "after";
		return { window, sequence: start, count };
	}
	return { window: "dates", from, to, start, newestFirst, count };
}
