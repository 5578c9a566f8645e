/** What people do to rooms, behind every door (SIP now, the web later). The actor comes first, always. */
import type { Logger } from "pino";
import type { FanOut } from "../cluster/fan-out.ts";
import type { Preference, Store } from "../store/index.ts";
import { join, part, partLeftovers } from "./membership.ts";
import { createPosting } from "./posting.ts";
import { associations, history, search } from "./reading.ts";
import type {
	Actor,
	Draft,
	JoinOutcome,
	Message,
	Role,
	RoomId,
	RoomSummary,
	SessionId,
} from "./types.ts";

export interface RoomLimits {
	/** UTF-8 bytes of a message's text. */
	readonly messageBytes: number;
	/** UTF-8 bytes of a story's text. */
	readonly storyBytes: number;
	/** Bytes of a message as the SIP network carries it, encoded. */
	readonly relayBytes: number;
	/** Messages that one question for history gives at most. */
	readonly historyMessages: number;
	/** Rooms that one search gives at most. */
	readonly searchResults: number;
	/** Participants that a join lists at most. */
	readonly roster: number;
}

export interface RoomsNeeds {
	readonly store: Store;
	readonly fanOut: FanOut;
	readonly log: Logger;
	/** The name of this node. */
	readonly node: string;
	readonly now: () => Date;
	readonly limits: RoomLimits;
	/** What the network that carries messages can carry. */
	readonly wire: {
		/** How many bytes the draft takes there. */
		readonly relayBytes: (author: Actor, draft: Draft) => number;
		/** The first character that cannot travel, by name (`U+0007`). */
		readonly forbiddenCharacter: (text: string) => string | undefined;
	};
}

/** Every method throws only `ChatError`, or a fault that nobody could foresee. */
export interface Rooms {
	/** One outcome for each distinct room, in the order asked. `batch`: several were asked for by one command. */
	join(
		actor: Actor,
		session: SessionId,
		rooms: readonly RoomId[],
		batch: boolean,
	): Promise<readonly JoinOutcome[]>;
	part(
		actor: Actor,
		session: SessionId,
		rooms: readonly RoomId[],
	): Promise<void>;
	/** Stored, and owed to compliance, before it resolves; told to the room after. */
	post(actor: Actor, draft: Draft): Promise<Message>;
	/** The newest `count`, oldest first. */
	history(
		actor: Actor,
		room: RoomId,
		count: number,
	): Promise<readonly Message[]>;
	search(
		actor: Actor,
		criteria: string,
		descriptions: boolean,
	): Promise<readonly RoomSummary[]>;
	associations(
		actor: Actor,
		role: Role,
		limit: number,
	): Promise<readonly RoomSummary[]>;
	preference(actor: Actor, label: string): Promise<Preference | undefined>;
	/** Throws `conflict` unless `version` is greater than the one kept. */
	setPreference(actor: Actor, preference: Preference): Promise<void>;
	/** Parts whoever an earlier run of this node left behind; how many those were. */
	partLeftovers(): Promise<number>;
}

export function createRooms(needs: RoomsNeeds): Rooms {
	return {
		join: (actor, session, rooms, batch) =>
			join(needs, actor, session, rooms, batch),
		part: (actor, session, rooms) => part(needs, actor, session, rooms),
		post: createPosting(needs),
		history: (actor, room, count) => history(needs, actor, room, count),
		search: (actor, criteria, descriptions) =>
			search(needs, actor, criteria, descriptions),
		associations: (actor, role, limit) =>
			associations(needs, actor, role, limit),
		preference: (actor, label) =>
			needs.store.preferences.find(actor.uri, label),
		setPreference: (actor, preference) =>
			needs.store.transaction((tx) =>
				tx.preferences.put(actor.uri, preference),
			),
		partLeftovers: () => partLeftovers(needs),
	};
}
