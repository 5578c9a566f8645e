/** Finding rooms and reading back what was said in them. */
import type { HistoryAsked } from "../compliance/events.ts";
import { ChatError, noSuchRoom } from "../errors.ts";
import type { ReadFrom, RoomQuery } from "../store/index.ts";
import { mayRead } from "./access.ts";
import { askOnce, askTogether } from "./asking-together.ts";
import { createRecordView, type RecordView } from "./recording-views.ts";
import { withHolder } from "./rights.ts";
import { placeOf } from "./telling.ts";
import type {
	Actor,
	CategoryId,
	Holder,
	Message,
	Privacy,
	Role,
	Room,
	RoomId,
	RoomSummary,
	RoomType,
	UserUri,
} from "./types.ts";
import { viewing } from "./viewing.ts";
import { wordsOf } from "./wording.ts";
import type { RoomsWork } from "./work.ts";

/** Which messages of a room; `count` is at most the server's limit. */
export type HistoryWindow =
	/** The newest. */
	| { readonly type: "last"; readonly count: number }
	/** The message of this sequence in the middle, whether it is still there or not. */
	| {
			readonly type: "around";
			readonly sequence: number;
			readonly count: number;
	  }
	/** Those that come next to it on this side. */
	| {
			readonly type: "before" | "after";
			readonly sequence: number;
			readonly count: number;
	  }
	/** Posted within these times, both included; the newest of them, or the oldest. */
	| {
			readonly type: "dates";
			readonly from?: Date | undefined;
			readonly to?: Date | undefined;
			readonly newest: boolean;
			readonly count: number;
	  };

/** What rooms are to be like; what is not named does not matter. */
export interface RoomSearchRequest {
	/** Words with blanks between them; none: every room. */
	readonly criteria?: string | undefined;
	/** `all` of the words (default), `any` of them, or just so, as one `phrase`. */
	readonly match?: RoomQuery["match"];
	/** Look in the description too. */
	readonly descriptions?: boolean | undefined;
	/** Somebody who is a member. Of secret rooms only those that the actor manages, unless it is himself. */
	readonly member?: UserUri | undefined;
	/** Somebody who is a manager. Likewise. */
	readonly manager?: UserUri | undefined;
	readonly category?: CategoryId | undefined;
	readonly privacy?: Privacy | undefined;
	readonly type?: RoomType | undefined;
	/** Default: enabled ones, and disabled ones to their managers. */
	readonly disabled?: boolean | undefined;
	/** The name of its add-in. */
	readonly addIn?: string | undefined;
	readonly invitations?: "inherit" | "off" | undefined;
	/** At most, and by default, the server's limit. */
	readonly limit?: number | undefined;
}

export interface Reading {
	/** Oldest first; a number is the newest so many. Throws as `mayRead` does, `malformed`. */
	history(
		actor: Actor,
		room: RoomId,
		window: HistoryWindow | number,
	): Promise<readonly Message[]>;
	/** Rooms that the actor may see. Throws `too-large`, `malformed`. */
	search(
		actor: Actor,
		request: RoomSearchRequest,
	): Promise<readonly RoomSummary[]>;
	associations(
		actor: Actor,
		role: Role,
		limit: number,
	): Promise<readonly RoomSummary[]>;
}

export function createReading(work: RoomsWork): Reading {
	const { store } = work;
	const asking: Asking = {
		recordView: createRecordView(store),
		known: askTogether(store.rooms.knownAll, { atOnce: 2, most: 100 }),
		latest: askOnce(
			// Who knows more of the room must not be given what a replica has for who knows less.
			({ room, count }: LatestOf) =>
				`${room.id} ${room.lastSequence} ${room.revision} ${count}`,
			({ room, count }) =>
				store.readBack([room], ({ messages }) =>
					messages.latest(room.id, count),
				),
		),
	};
	return {
		history: (actor, room, window) =>
			history(
				{ ...work, ...asking },
				actor,
				room,
				typeof window === "number" ? { type: "last", count: window } : window,
			),
		search: (actor, request) => search(work, actor, request),
		associations: (actor, role, limit) =>
			associations(work, actor, role, limit),
	};
}

/** What many ask at once is put together. */
interface Asking {
	readonly recordView: RecordView;
	readonly known: (asked: {
		readonly id: RoomId;
		readonly holder: Holder;
	}) => ReturnType<RoomsWork["store"]["rooms"]["known"]>;
	readonly latest: (asked: LatestOf) => Promise<readonly Message[]>;
}

interface LatestOf {
	readonly room: Room;
	readonly count: number;
}

/** At most the server's limit. Recorded as viewed, also when there was nothing: he has looked. */
async function history(
	work: RoomsWork & Asking,
	actor: Actor,
	id: RoomId,
	window: HistoryWindow,
): Promise<readonly Message[]> {
	const { store, limits, now } = work;
	if (!Number.isInteger(window.count) || window.count < 1) {
		throw new ChatError(
			"malformed",
			"The number of messages must be a whole number of at least 1.",
		);
	}
	const count = Math.min(window.count, limits.historyMessages);
	return withHolder(work.rights, actor, async (holder, stale) => {
		const known = await work.known({ id, holder });
		if (known === undefined) throw noSuchRoom();
		const { room, standing } = known;
		mayRead(room, standing);
		if (!room.category.history) return [];
		const messages =
			window.type === "last"
				? await work.latest({ room, count })
				: await store.readBack([room], (from) =>
						read(from.messages, room, { ...window, count }),
					);
		// Whoever has just lost his right is shown nothing, and nothing is recorded.
		const event = {
			...viewing(messages, askedFor(window)),
			...{ at: now(), actor, room: placeOf(room) },
		};
		const viewed = await work.recordView({ event, stale });
		return viewed ? messages : undefined;
	});
}

function askedFor(window: HistoryWindow): HistoryAsked {
	switch (window.type) {
		case "last":
			return { window: "last", count: window.count };
		case "before":
		case "after":
		case "around": {
			const { type, sequence, count } = window;
			return { window: type, sequence, count };
		}
		case "dates": {
			const { from, to, newest: newestFirst, count } = window;
			return { window: "dates", from, to, newestFirst, count };
		}
	}
}

async function read(
	{ page }: ReadFrom["messages"],
	room: Room,
	window: Exclude<HistoryWindow, { type: "last" }>,
): Promise<readonly Message[]> {
	const older = async (belowSequence: number, limit: number) =>
		[
			...(await page(room, { newestFirst: true, belowSequence, limit })),
		].reverse();
	const newer = (aboveSequence: number, limit: number) =>
		page(room, { newestFirst: false, aboveSequence, limit });
	const { count } = window;
	switch (window.type) {
		case "before":
			return older(window.sequence, count);
		case "after":
			return newer(window.sequence, count);
		case "around": {
			const before = await older(window.sequence, Math.floor(count / 2));
			const rest = count - before.length;
			return [...before, ...(await newer(window.sequence - 1, rest))];
		}
		case "dates": {
			const { from, to, newest } = window;
			const limit = count;
			const found = await page(room, { from, to, newestFirst: newest, limit });
			return newest ? [...found].reverse() : found;
		}
	}
}

async function search(
	{ store, directory, limits, rights }: RoomsWork,
	actor: Actor,
	{ criteria = "", member, manager, limit, ...request }: RoomSearchRequest,
): Promise<readonly RoomSummary[]> {
	const words = wordsOf(criteria);
	const people = [member, manager].filter((each) => each !== undefined);
	const holders = await directory.holders(people);
	const holding = (role: Role, who: UserUri | undefined) =>
		who === undefined
			? []
			: [{ role, principals: holders.get(who)?.principals ?? [] }];
	const most = limit ?? limits.searchResults;
	return store.rooms.search(
		{
			...request,
			words,
			descriptions: request.descriptions ?? false,
			holding: [...holding("member", member), ...holding("manager", manager)],
			limit: Math.max(1, Math.min(most, limits.searchResults)),
		},
		await rights.of(actor),
	);
}

/** Rooms in which the actor has the role. */
async function associations(
	{ store, limits, rights }: RoomsWork,
	actor: Actor,
	role: Role,
	limit: number,
): Promise<readonly RoomSummary[]> {
	return store.rooms.withRole(
		role,
		await rights.of(actor),
		Math.max(1, Math.min(limit, limits.searchResults)),
	);
}
