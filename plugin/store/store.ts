/**
 * What is kept, and how it is reached: reads from anywhere, writes only in a `Transaction`.
 *
 * Everything throws `ChatError('unavailable')` when the database cannot be had (within about 5 s, with the driver's error
 * as its cause), and works again by itself when the database is back.
 */
import type { ComplianceEvent } from "../compliance/events.ts";
import type { Directory } from "../rooms/directory.ts";
import type {
	Absence,
	Actor,
	Category,
	CategoryId,
	CategoryRecord,
	CategoryScope,
	CategoryStanding,
	Draft,
	Group,
	GroupId,
	Holder,
	Invitation,
	Message,
	MessageFilter,
	Participant,
	Policy,
	PolicyScope,
	Principal,
	Privacy,
	Publication,
	PublicationKey,
	Role,
	Roles,
	Room,
	RoomId,
	RoomProperties,
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
	/** As administrators see him. */
	record(uri: UserUri): Promise<UserRecord | undefined>;
	/** What digest authentication needs; undefined for a user without a password here. */
	credentials(uri: UserUri): Promise<Credentials | undefined>;
	isEmpty(): Promise<boolean>;
	/** By URI, as many as `limit`, after the URI `after`. */
	list(page: Page<UserUri>): Promise<readonly UserRecord[]>;
}

/** A user as administrators see him. */
export interface UserRecord extends User {
	/** His account is on; policy has its own word (`enabled` is both). */
	readonly active: boolean;
}

export interface Page<Key> {
	readonly after?: Key | undefined;
	readonly limit: number;
}

export interface GroupReader {
	find(id: GroupId): Promise<Group | undefined>;
	/** Compared without case. */
	named(name: string): Promise<Group | undefined>;
	/** By name. */
	list(): Promise<readonly Group[]>;
}

export interface PolicyReader {
	find(scope: PolicyScope): Promise<Policy | undefined>;
	list(): Promise<readonly Policy[]>;
	administrators(): Promise<readonly Principal[]>;
}

export interface CategoryReader {
	find(id: CategoryId): Promise<CategoryRecord | undefined>;
	/** Compared without case. */
	named(name: string): Promise<CategoryRecord | undefined>;
	/** By name. */
	list(): Promise<readonly CategoryRecord[]>;
	/** What the holder is to the category; undefined when there is none. */
	standing(
		id: CategoryId,
		holder: Holder,
	): Promise<CategoryStanding | undefined>;
	/** Where the holder may make rooms (`rooms/access.ts`, `mayCreate`), by name. */
	creatable(holder: Holder): Promise<readonly Category[]>;
}

export interface RoomSearch {
	/** Only rooms of exactly this name, compared without case. */
	readonly named?: string | undefined;
	/** Matched without case, in the name; none = every room. */
	readonly words: readonly string[];
	/** `all` of the words, `any` of them, or the words as one `phrase`; default all. */
	readonly match?: "all" | "any" | "phrase" | undefined;
	/** Look in the description too. */
	readonly descriptions: boolean;
	/**
	 * Somebody with the role, given to himself, his domain or a group. Of secret rooms only those that the asker manages,
	 * unless he holds all of these principals himself: who else is in them is not his to know.
	 */
	readonly holding?: readonly {
		readonly role: Role;
		readonly principals: readonly Principal[];
	}[];
	readonly category?: CategoryId | undefined;
	readonly privacy?: Privacy | undefined;
	readonly type?: RoomType | undefined;
	/** Default: enabled ones, and disabled ones to their managers. */
	readonly disabled?: boolean | undefined;
	/** The name of its add-in. */
	readonly addIn?: string | undefined;
	readonly invitations?: "inherit" | "off" | undefined;
	readonly limit: number;
}

/** Names and words are compared without case, in any script, and without difference in width or composition. */
export interface RoomReader {
	find(id: RoomId): Promise<Room | undefined>;
	/**
	 * The room and what the holder is to it; undefined when there is none. Takes as many questions to the database, and
	 * as long, for a room that does not exist as for one that does.
	 */
	known(
		id: RoomId,
		holder: Holder,
	): Promise<{ readonly room: Room; readonly standing: Standing } | undefined>;
	/** `known` of each that there is, in the order asked; with the same number of questions whether they exist or not. */
	knownAmong(
		ids: readonly RoomId[],
		holder: Holder,
	): Promise<readonly { readonly room: Room; readonly standing: Standing }[]>;
	/** What each of the holders is to the room, in their order. */
	standings(
		room: Pick<Room, "id" | "category">,
		holders: readonly Holder[],
	): Promise<readonly Standing[]>;
	summary(id: RoomId): Promise<RoomSummary | undefined>;
	roles(id: RoomId): Promise<Roles>;
	/** Rooms that the holder may find (`rooms/access.ts`, `isListed`), by name. */
	search(search: RoomSearch, holder: Holder): Promise<readonly RoomSummary[]>;
	/** Rooms in scope where the holder has the role, by name; disabled ones only as their manager. */
	withRole(
		role: Role,
		holder: Holder,
		limit: number,
	): Promise<readonly RoomSummary[]>;
	/** Rooms that the user follows and may find, by name. `holder` is what he holds. */
	followed(
		user: UserUri,
		holder: Holder,
		limit: number,
	): Promise<
		readonly {
			readonly summary: RoomSummary;
			readonly member: boolean;
			/** The newest message when he left it, or began to follow it. */
			readonly reached: number;
		}[]
	>;
	/** Rooms with this name (secret ones need not be alone with theirs), compared without case. */
	named(name: string): Promise<readonly Room[]>;
	/** Rooms of the category, by id. */
	inCategory(
		category: CategoryId,
		page: Page<RoomId>,
	): Promise<readonly Room[]>;
}

/** Messages of a room from one end on; what is not said does not bound it. */
export interface MessagePage {
	readonly newestFirst: boolean;
	/** `aboveSequence < sequence < belowSequence`. */
	readonly aboveSequence?: number | undefined;
	readonly belowSequence?: number | undefined;
	/** Posted then or later. */
	readonly from?: Date | undefined;
	/** Posted then or earlier. */
	readonly to?: Date | undefined;
	readonly limit: number;
}

export interface MessageReader {
	/** In the order asked; up to the room's newest message as the caller knows it. */
	page(
		room: Pick<Room, "id" | "lastSequence">,
		page: MessagePage,
	): Promise<readonly Message[]>;
	/** The newest `count`, oldest first. */
	latest(room: RoomId, count: number): Promise<readonly Message[]>;
	/** `afterSequence < sequence <= throughSequence`, oldest first. */
	between(
		room: RoomId,
		afterSequence: number,
		throughSequence: number,
	): Promise<readonly Message[]>;
	/** Of the newest `limit` messages after this one, newest first; `marked`: alerts and those with an `@`, at most 100. */
	after(
		room: RoomId,
		sequence: number,
		limit: number,
	): Promise<{
		readonly sequences: readonly number[];
		readonly marked: readonly Pick<Message, "sequence" | "alert" | "text">[];
	}>;
	/** Those that fit, by sequence, as many as `limit`, after the sequence `after`. */
	list(
		room: RoomId,
		filter: MessageFilter,
		page: Page<number>,
	): Promise<readonly Message[]>;
}

export interface MessageQuery {
	/** Each once; looked through in this order, up to their newest message. */
	readonly rooms: readonly Pick<Room, "id" | "lastSequence">[];
	/**
	 * Words or phrases, each with at least one unit (`MessageSearch.unitsOf`). A message has one of several units when they
	 * follow one another in it; punctuation between them does not count. None: every message.
	 */
	readonly phrases: readonly string[];
	/** Of the phrases. */
	readonly match: "all" | "any";
	readonly matchCase: boolean;
	readonly authors?: readonly UserUri[] | undefined;
	/** Posted then or later. */
	readonly from?: Date | undefined;
	/** Posted then or earlier. */
	readonly to?: Date | undefined;
	/** Only what comes after this sequence in the direction of the search. For one room. */
	readonly start?: number | undefined;
	readonly newestFirst: boolean;
	readonly limitPerRoom: number;
	readonly limit: number;
}

export interface RoomFound {
	readonly room: RoomId;
	/** In the direction of the search. */
	readonly messages: readonly Message[];
	/** Exact up to 200 or `limitPerRoom`, whichever is greater. */
	readonly total: number;
	/** There are, or may be, more than `total`. */
	readonly more: boolean;
}

export interface MessagesFound {
	/** Those with something found, in the order of the question. */
	readonly rooms: readonly RoomFound[];
	/**
	 * There are, or may be, more than were given: the limits were reached, or 1,000 were counted in all (or `limit`, when that
	 * is greater) and later rooms were not looked at, or the search took too long.
	 */
	readonly cut: boolean;
}

/** Finds messages by what they say. Another engine can take its place: it is told of every change by `Transaction.messages`. */
export interface MessageSearch {
	search(query: MessageQuery): Promise<MessagesFound>;
	/** What a text is compared by: words, and single characters of scripts without blanks. */
	unitsOf(text: string): readonly string[];
}

export interface ParticipantReader {
	/** Those of the users who are in the room. */
	among(room: RoomId, users: readonly UserUri[]): Promise<ReadonlySet<UserUri>>;
	/** One per user, in the order of their URIs. `only`: of these few hundred users alone. */
	inRoom(
		room: RoomId,
		page: Page<UserUri> & { readonly only?: readonly UserUri[] },
	): Promise<readonly Participant[]>;
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

export interface AbsenceReader {
	/** Of this device since then, the earliest first; at most 1,000. `device`: at most 64 characters. */
	of(user: UserUri, device: string, since: Date): Promise<readonly Absence[]>;
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

export interface PresenceReader {
	/** What has not ended at this time, by container, name and instance. */
	all(user: UserUri, at: Date): Promise<readonly Publication[]>;
	/** Those of them that there are. */
	named(
		user: UserUri,
		keys: readonly PublicationKey[],
		at: Date,
	): Promise<readonly Publication[]>;
}

/** A publication without what is in it. */
export interface PublicationEntry extends PublicationKey {
	readonly version: number;
	/** Of its data, in UTF-8. */
	readonly bytes: number;
}

export interface FollowingReader {
	/** By id. */
	roomsOf(user: UserUri): Promise<readonly RoomId[]>;
	/** Those of the users who follow the room, with the newest message when each left it, or began to follow it. */
	among(
		room: RoomId,
		users: readonly UserUri[],
	): Promise<ReadonlyMap<UserUri, number>>;
}

export interface InvitationsAsked {
	/** Of this room only. */
	readonly room?: RoomId | undefined;
	readonly limit: number;
}

/** Somebody is a member, and has not been told of it. */
export interface DueInvitation {
	readonly room: RoomId;
	readonly grantedAt: Date;
	/** Who made him one. */
	readonly grantedBy: string;
}

/** Only of rooms that invite now, where the holder is a member and in scope. */
export interface InvitationReader {
	/** The oldest first; not of rooms that he has made, or made himself a member of. */
	due(
		user: UserUri,
		holder: Holder,
		asked: InvitationsAsked,
	): Promise<readonly DueInvitation[]>;
	/** Those made with a greater serial, by serial. */
	after(
		user: UserUri,
		holder: Holder,
		serial: number,
		asked: InvitationsAsked,
	): Promise<readonly Invitation[]>;
}

export interface Store {
	/** This database as a directory. */
	readonly directory: Directory;
	readonly users: UserReader;
	readonly groups: GroupReader;
	readonly policies: PolicyReader;
	readonly categories: CategoryReader;
	readonly rooms: RoomReader;
	readonly messages: MessageReader;
	readonly messageSearch: MessageSearch;
	readonly participants: ParticipantReader;
	readonly preferences: PreferenceReader;
	readonly invitations: InvitationReader;
	readonly presence: PresenceReader;
	readonly following: FollowingReader;
	readonly absences: AbsenceReader;
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

export interface NewCategory extends Category, CategoryScope {}

export interface NewRoom extends Omit<RoomProperties, "disabled"> {
	readonly id: RoomId;
	/** Default false. */
	readonly disabled?: boolean;
	readonly members: readonly Principal[];
	readonly managers: readonly Principal[];
	readonly presenters: readonly Principal[];
	readonly createdBy: string;
	readonly createdAt: Date;
}

/** `enabled`: his account is on. */
export interface NewUser extends User {
	readonly credentials?: Credentials;
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

/** Writes, and the outbox, exist only here. */
export interface Transaction {
	readonly users: UserReader & {
		/** Throws `name-taken` when the URI or the GUID is taken. */
		add(user: NewUser): Promise<void>;
		/** Throws `no-such-principal`. `enabled`: his account is on. */
		change(
			uri: UserUri,
			changes: Partial<Omit<NewUser, "uri" | "guid">>,
		): Promise<void>;
		/** With his rights, preferences, presence and memberships in groups; what he wrote stays. Throws `no-such-principal`. */
		remove(uri: UserUri): Promise<void>;
	};
	readonly groups: GroupReader & {
		/** The group, locked until the transaction ends. Throws `no-such-principal`. */
		lock(id: GroupId): Promise<Group>;
		/** Throws `name-taken`. */
		add(group: Group): Promise<void>;
		/** The whole of it. Throws `no-such-principal`, `name-taken`. */
		change(group: Group): Promise<void>;
		/** With the rights given to it. Throws `no-such-principal`, `in-use` while a category denies it, or a group that it is in. */
		remove(id: GroupId): Promise<void>;
	};
	readonly policies: PolicyReader & {
		set(policy: Policy): Promise<void>;
		/** The next wider scope decides again. */
		unset(scope: PolicyScope): Promise<void>;
		setAdministrators(principals: readonly Principal[]): Promise<void>;
	};
	readonly categories: CategoryReader & {
		/** Throws `name-taken` (compared without case). */
		add(category: NewCategory): Promise<void>;
		/** The category, locked until the transaction ends. Throws `no-such-category`. */
		lock(id: CategoryId): Promise<CategoryRecord>;
		/** What is not named stays; lists are whole. Throws `name-taken`. The category must exist. */
		change(id: CategoryId, changes: Partial<NewCategory>): Promise<void>;
		/** Throws `no-such-category`, `in-use` while it has rooms. */
		remove(id: CategoryId): Promise<void>;
	};
	readonly rooms: RoomReader & {
		/**
		 * Throws `name-taken` when a room that is not secret has the name (compared without case), `no-such-category`. The
		 * name of a secret room is not reserved: to refuse it would tell of the room.
		 */
		add(room: NewRoom): Promise<void>;
		/** The room, locked until the transaction ends. Throws `no-such-room`. */
		lock(id: RoomId): Promise<Room>;
		/** As `known`, with the room locked until the transaction ends. */
		lockKnown(id: RoomId, holder: Holder): ReturnType<RoomReader["known"]>;
		/** What is not named stays. The room must be locked. Throws `name-taken`, `no-such-category`. */
		change(
			id: RoomId,
			changes: Partial<RoomProperties>,
			by: string,
			at: Date,
		): Promise<Room>;
		/** Gives and takes the role; what is there already, or not there, stays so. The room must be locked. */
		changeRole(
			id: RoomId,
			role: Role,
			change: {
				readonly add: readonly Principal[];
				readonly remove: readonly Principal[];
			},
			by: string,
			at: Date,
		): Promise<void>;
		/** With its messages and rights; nobody may be in it. The room must be locked. */
		remove(id: RoomId): Promise<void>;
	};
	readonly messages: MessageReader & {
		/**
		 * Gives the next sequence; or, when the draft has a key and the room a message with that key, that message: its sequence
		 * is then not above `room.lastSequence`. The room must be locked by this transaction: else it throws an error that is
		 * no refusal.
		 */
		append(room: Room, author: Actor, draft: Draft, at: Date): Promise<Message>;
		/** For good; their numbers are given to no others. The room must be locked. */
		remove(room: RoomId, sequences: readonly number[]): Promise<void>;
		/**
		 * The text is all that is left to read of them, beside author and time: what came with the old one (its RTF copy, say)
		 * goes with it. The room must be locked.
		 */
		replace(
			room: RoomId,
			sequences: readonly number[],
			replacement: {
				readonly text: string;
				readonly by: string;
				readonly at: Date;
			},
		): Promise<void>;
	};
	readonly participants: ParticipantReader & {
		/**
		 * The room must be locked. Entering twice changes nothing but his name and standing. `rosterLimit`: with more users
		 * than that the roster is hidden, until there are fewer than 80 % of it.
		 */
		enter(
			room: RoomId,
			participant: Participant,
			session: SessionId,
			node: string,
			at: Date,
			rosterLimit: number,
			/** What it is to be known by when it comes back. */
			device?: string,
		): Promise<Movement>;
		/**
		 * The room must be locked. A session that is not in it changes nothing. With his last session, the sequence that the
		 * room has reached is kept for a user who follows it.
		 */
		leave(
			room: RoomId,
			user: UserUri,
			session: SessionId,
			rosterLimit: number,
		): Promise<Movement>;
		/** All sessions of these users, as `leave` does. The room must be locked. */
		kick(
			room: RoomId,
			users: readonly UserUri[],
			rosterLimit: number,
		): Promise<Movement>;
		/** The room must be locked. */
		setStandings(
			room: RoomId,
			standings: ReadonlyMap<UserUri, Standing>,
		): Promise<void>;
		/** Who is still entered by this node: after a crash, those whom nobody has parted. */
		ofNode(node: string): Promise<
			readonly {
				readonly room: RoomId;
				readonly user: UserUri;
				readonly session: SessionId;
				readonly device: string | null;
			}[]
		>;
	};
	readonly preferences: PreferenceReader & {
		/** Throws `conflict` unless `version` is greater than the one kept, `too-large` for one label too many. */
		put(user: UserUri, preference: Preference): Promise<void>;
	};
	readonly presence: PresenceReader & {
		/**
		 * What is in the user's document, locked until the transaction ends; what has ended is gone from it. The methods below
		 * need it locked.
		 */
		lock(user: UserUri, at: Date): Promise<readonly PublicationEntry[]>;
		/** How many transactions have changed the document, this one among them if it has: 0 before the first. */
		revision(user: UserUri): Promise<number>;
		/** In place of the one with its key. */
		put(user: UserUri, publication: Publication): Promise<void>;
		remove(user: UserUri, key: PublicationKey): Promise<void>;
	};
	readonly absences: AbsenceReader & {
		/** What was kept of the same room before gives way. */
		keep(
			user: UserUri,
			device: string,
			absence: Absence,
			at: Date,
		): Promise<void>;
		forget(
			user: UserUri,
			device: string,
			rooms: readonly RoomId[],
		): Promise<void>;
		/** Of all users, those since before then. */
		purge(before: Date): Promise<void>;
	};
	readonly following: FollowingReader & {
		/** These and no others. What is new begins with the newest message of the room. */
		set(user: UserUri, rooms: readonly RoomId[]): Promise<void>;
	};
	readonly invitations: InvitationReader & {
		/** Makes those that are due, with the user's next serials; one that he had of the room gives way. */
		make(
			user: UserUri,
			holder: Holder,
			asked: InvitationsAsked,
			at: Date,
		): Promise<readonly DueInvitation[]>;
	};
	readonly outbox: Outbox;
}

/** The writing side: only `Transaction` carries one. */
export interface Outbox {
	add(event: ComplianceEvent): Promise<void>;
}
