/** Who is in a room, and which rooms a device comes back to. */
import type {
	Absence,
	Actor,
	CategoryId,
	Participant,
	RoomId,
	SessionId,
	Standing,
	UserUri,
} from "../../rooms/types.ts";
import type { Page } from "./page.ts";

export interface ParticipantReader {
	/** Those of the users who are in the room. */
	among(room: RoomId, users: readonly UserUri[]): Promise<ReadonlySet<UserUri>>;
	/** One per user, in the order of their URIs. `only`: of these few hundred users alone. */
	inRoom(
		room: RoomId,
		page: Page<UserUri> & { readonly only?: readonly UserUri[] },
	): Promise<readonly Participant[]>;
	/** Of several rooms, one per user, in the order of their URIs: for rooms with a shown roster, which is not long. */
	inRooms(
		rooms: readonly RoomId[],
	): Promise<ReadonlyMap<RoomId, readonly Participant[]>>;
	/** The rooms with somebody in them, in the category or all, by id. */
	rooms(
		category: CategoryId | undefined,
		page: Page<RoomId>,
	): Promise<readonly RoomId[]>;
	/** Users who are in any room, by URI. */
	users(page: Page<UserUri>): Promise<readonly UserUri[]>;
	/** The rooms that this user is in. */
	roomsOf(user: UserUri): Promise<readonly RoomId[]>;
}

/** What became of a room's roster when somebody entered or left. */
export interface Movement {
	/** The user was not there before, or is not there any more: not merely one of his sessions. */
	readonly ofUser: boolean;
	/** How many users are in the room now. */
	readonly count: number;
	/** The roster is hidden now. */
	readonly hidden: boolean;
	/** The roster was shown until now, and is not any more. */
	readonly hiddenNow: boolean;
	/** The roster was hidden until now, and is not any more. */
	readonly shownAgain: boolean;
}

/** A session in a room, with who entered it, as he stood then. */
export interface Entry {
	readonly room: RoomId;
	readonly actor: Actor;
	readonly session: SessionId;
	readonly enteredAt: Date;
	/** Absent: it is not known by one. */
	readonly device?: string;
}

/** A session that is to be in a room. */
export interface Arrival {
	readonly room: RoomId;
	readonly user: Actor;
	readonly standing: Standing;
	readonly session: SessionId;
	readonly node: string;
	/** What it is to be known by when it comes back. */
	readonly device?: string | undefined;
}

/** A session that is to be in a room no more. */
export interface Departure {
	readonly room: RoomId;
	readonly user: UserUri;
	readonly session: SessionId;
}

export interface ParticipantWriter extends ParticipantReader {
	/**
	 * The rooms must be locked. Entering twice changes nothing but his name and standing. `rosterLimit`: with more users than that the
	 * roster is hidden, until there are fewer than 80 % of it. What has become of each, in their order, when all have entered: a roster that
	 * is hidden then is so for all of them.
	 */
	enter(
		arrivals: readonly Arrival[],
		at: Date,
		rosterLimit: number,
	): Promise<readonly Movement[]>;
	/**
	 * The rooms must be locked. A session that is not in a room changes nothing there. With his last session, the sequence that the
	 * room has reached is kept for a user who follows it. What has become of each, in their order, when all have left.
	 */
	leave(
		departures: readonly Departure[],
		rosterLimit: number,
	): Promise<readonly Movement[]>;
	/** All sessions of these users, as `leave` does; `kicked`: those who were there. The room must be locked. */
	kick(
		room: RoomId,
		users: readonly UserUri[],
		rosterLimit: number,
	): Promise<Movement & { readonly kicked: readonly Actor[] }>;
	/** The room must be locked. */
	setStandings(
		room: RoomId,
		standings: ReadonlyMap<UserUri, Standing>,
	): Promise<void>;
	/** Where this session of the user is, by room. */
	ofSession(user: UserUri, session: SessionId): Promise<readonly Entry[]>;
	/** Who is still entered by this node: after a crash, those whom nobody has parted. By room, in the order of entering. */
	ofNode(node: string): Promise<readonly Entry[]>;
}

export interface Nodes {
	/** It lives, at least until then: one statement of its own. */
	alive(node: string, at: Date): Promise<void>;
	/** Undefined when it has never said so. */
	lastAlive(node: string): Promise<Date | undefined>;
	/** Those that lived then or later, by name, as many as `limit`. */
	aliveSince(
		at: Date,
		limit: number,
	): Promise<readonly { readonly node: string; readonly aliveAt: Date }[]>;
}

export interface AbsenceReader {
	/** Of this device since then, the earliest first; at most 1,000. `device`: at most 64 characters. */
	of(user: UserUri, device: string, since: Date): Promise<readonly Absence[]>;
}

export interface AbsenceWriter extends AbsenceReader {
	/** What was kept of the same rooms before gives way. */
	keep(
		user: UserUri,
		device: string,
		absences: readonly Absence[],
		at: Date,
	): Promise<void>;
	forget(
		user: UserUri,
		device: string,
		rooms: readonly RoomId[],
	): Promise<void>;
	/** Of all users, those since before then. */
	purge(before: Date): Promise<void>;
}
