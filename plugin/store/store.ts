/**
 * What is kept, and how it is reached: reads from anywhere, writes only in a `Transaction`.
 *
 * Everything throws `ChatError('unavailable')` when the database cannot be had (within about 5 s, with the driver's error
 * as its cause), and works again by itself when the database is back.
 */
import type { ComplianceEvent } from "../compliance/events.ts";
import type {
	Actor,
	Category,
	CategoryId,
	Draft,
	Message,
	Participant,
	Principal,
	Privacy,
	Role,
	Room,
	RoomId,
	RoomSummary,
	RoomType,
	SessionId,
	Standing,
	User,
	UserUri,
} from "../rooms/types.ts";

/**
 * H(name:realm:password), hexadecimal (RFC 8760): the password itself is never kept. Clients write their name with or
 * without the domain, and the sum covers it as written, so each form has its own.
 */
export interface Credentials {
	readonly md5: string;
	readonly sha256: string;
	readonly md5WithDomain: string;
	readonly sha256WithDomain: string;
}

export interface UserReader {
	find(uri: UserUri): Promise<User | undefined>;
	/** What digest authentication needs; undefined for a user without a password here. */
	credentials(uri: UserUri): Promise<Credentials | undefined>;
	isEmpty(): Promise<boolean>;
	/** Everything that a right of this user can have been given to: himself and his domain. */
	principals(uri: UserUri): Promise<readonly Principal[]>;
}

export interface RoomSearch {
	/** White-space separated words, matched without case, all of them; none = every room. */
	readonly words: readonly string[];
	/** Look in the description too. */
	readonly descriptions: boolean;
	readonly limit: number;
}

/** Names and words are compared without case, in any script, and without difference in width or composition. */
export interface RoomReader {
	find(id: RoomId): Promise<Room | undefined>;
	/** What the holder of these principals is to the room. */
	standing(room: Room, principals: readonly Principal[]): Promise<Standing>;
	/** Enabled rooms that the holder of these principals may see (`rooms/access.ts`, `maySee`), by name. */
	search(
		search: RoomSearch,
		principals: readonly Principal[],
	): Promise<readonly RoomSummary[]>;
	/** Enabled rooms in scope where the holder of these principals has the role, by name. */
	withRole(
		role: Role,
		principals: readonly Principal[],
		limit: number,
	): Promise<readonly RoomSummary[]>;
}

export interface MessageReader {
	/** The newest `count`, oldest first. */
	latest(room: RoomId, count: number): Promise<readonly Message[]>;
	/** `afterSequence < sequence <= throughSequence`, oldest first. */
	between(
		room: RoomId,
		afterSequence: number,
		throughSequence: number,
	): Promise<readonly Message[]>;
}

export interface ParticipantReader {
	/** One per user, in the order in which they came, at most `limit`. */
	inRoom(room: Room, limit: number): Promise<readonly Participant[]>;
	/** Users, not sessions. */
	count(room: RoomId): Promise<number>;
}

export interface Preference {
	readonly label: string;
	/** Goes up with every change. */
	readonly version: number;
	/** Opaque. */
	readonly content: string;
}

export interface PreferenceReader {
	find(user: UserUri, label: string): Promise<Preference | undefined>;
}

export interface Store {
	readonly users: UserReader;
	readonly rooms: RoomReader;
	readonly messages: MessageReader;
	readonly participants: ParticipantReader;
	readonly preferences: PreferenceReader;
	/** GUID of this database, constant until its data is replaced (`dbVersion` on the wire). */
	readonly id: string;
	/**
	 * Commits when `work` resolves, rolls back when it rejects and then rejects with the same error. A deadlock, a
	 * certification failure or a connection lost before the commit is repeated with back-off, so `work` may run more than
	 * once: let it change nothing but `tx`, and use nothing of the store but `tx` in it (on SQLite there is one connection).
	 * Throws `ChatError('unavailable')` when the database cannot be had. When the connection is lost during the commit
	 * itself, nobody knows whether it was kept: that too is `unavailable`, and is not repeated; what must not happen twice
	 * is to be asked for by a key of its own.
	 */
	transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
}

export interface NewCategory extends Category {
	readonly allowed: readonly Principal[];
	readonly denied: readonly Principal[];
	readonly creators: readonly Principal[];
}

export interface NewRoom {
	readonly id: RoomId;
	readonly name: string;
	readonly description: string;
	readonly category: CategoryId;
	readonly privacy: Privacy;
	readonly type: RoomType;
	readonly invitations: "inherit" | "off";
	readonly members: readonly Principal[];
	readonly managers: readonly Principal[];
	readonly presenters: readonly Principal[];
	readonly createdBy: string;
	readonly createdAt: Date;
}

export interface NewUser extends User {
	readonly credentials?: Credentials;
}

/** Writes, and the outbox, exist only here. */
export interface Transaction {
	readonly users: UserReader & {
		/** Throws `conflict` when the URI or the GUID is taken. */
		add(user: NewUser): Promise<void>;
	};
	readonly categories: {
		/** Throws `conflict` when the name is taken (compared without case). */
		add(category: NewCategory): Promise<void>;
	};
	readonly rooms: RoomReader & {
		/** Throws `conflict` when the name is taken (compared without case), `malformed` when there is no such category. */
		add(room: NewRoom): Promise<void>;
		/** The room, locked until the transaction ends. Throws `no-such-room`. */
		lock(id: RoomId): Promise<Room>;
	};
	readonly messages: MessageReader & {
		/**
		 * Gives the next sequence; or, when the draft has a key and the room a message with that key, that message: its sequence
		 * is then not above `room.lastSequence`. The room must be locked by this transaction: else it throws an error that is
		 * no refusal.
		 */
		append(room: Room, author: Actor, draft: Draft, at: Date): Promise<Message>;
	};
	readonly participants: ParticipantReader & {
		/**
		 * True when no session of this user was in the room before. The room must be locked. Entering twice changes nothing
		 * and answers false. Throws `no-such-user` for somebody who is not in the directory.
		 */
		enter(
			room: RoomId,
			user: UserUri,
			session: SessionId,
			node: string,
			at: Date,
		): Promise<boolean>;
		/** True when this was the user's last session in the room. The room must be locked. False when the session was not in it. */
		leave(room: RoomId, user: UserUri, session: SessionId): Promise<boolean>;
		/** Who is still entered by this node: after a crash, those whom nobody has parted. */
		ofNode(node: string): Promise<
			readonly {
				readonly room: RoomId;
				readonly user: UserUri;
				readonly session: SessionId;
			}[]
		>;
	};
	readonly preferences: PreferenceReader & {
		/** Throws `conflict` unless `version` is greater than the one kept. */
		put(user: UserUri, preference: Preference): Promise<void>;
	};
	readonly outbox: Outbox;
}

/** The writing side: only `Transaction` carries one. */
export interface Outbox {
	add(event: ComplianceEvent): Promise<void>;
}
