/**
 * The nouns of persistent chat. Each word has one meaning, everywhere in this code:
 *
 * - **user**: somebody of the directory, known by a SIP URI.
 * - **group**: a named set of users, domains and other groups.
 * - **principal**: what a right can be given to: a user (`sip:alice@example.com`), a whole SIP domain (`domain:example.com`)
 *   or a group (`group:<guid>`). Somebody *holds* himself, his domain, and the groups that these are in, however deep.
 * - **policy**: whether somebody may use persistent chat at all: said of a user, else of his domain, else of everybody.
 * - **directory**: who there is: users, groups, policy.
 * - **category**: holds rooms; says who could ever be let in (allowed, denied: deny wins) and what rooms may do.
 * - **room**: where messages are posted and kept; lies in exactly one category.
 * - **member**: may join, read, post (in a normal room). **manager**: changes the room. **presenter**: may post in an auditorium.
 *   **administrator**: no scope binds him; he manages every room and category, and deletes or replaces messages.
 *   **creator**: may make rooms in a category.
 * - **scope**: whom a category lets be anything in its rooms: those it allows, but for those it denies.
 * - **standing**: what somebody is to one room: in scope of its category? member? manager? presenter? administrator?
 * - **actor**: the authenticated user on whose behalf something is done; first argument of everything in `Rooms`.
 * - **session**: one signed-in client of a user; a user with two devices has two.
 * - **guest**: a session with the SIP dialog that it came by, as `sip/` keeps them; a guest of the node, not of a room.
 * - **alias**: what a room is called in its SIP address (`sip:room.lobby@example.com`). **by MESSAGE**: as ordinary SIP phones take part: without
 *   a dialog, each post sent as a SIP MESSAGE; such a **phone** is one session of its user, which no node owns.
 * - **participant**: a session that has joined a room. **roster**: the list of them; above a number of them it is *hidden*.
 * - **device**: what a client runs on, as far as it names it. **absence**: a room that a device was in when its dialog was
 *   lost, and that it comes back to.
 * - **invitation**: tells a new member of his room, once; numbered per user.
 * - **kick**: to end somebody's participation because he lost the right to it.
 * - **post**: the act; **message**: what is kept of it, with its `sequence` in the room (1, 2, 3 …).
 * - **presence document**: what a user's clients keep here for each other, in pieces called **publications**; what is in one is
 *   theirs alone, but for the rooms that he **follows**: wants to hear of without being in them.
 * - **file**: bytes with a name, uploaded to a room; whoever may read the room may download it. **upload**: a file that is still
 *   coming in. **token**: lets its bearer move one file, once, on behalf of whom it was given to.
 * - **event**: what happened in a room, told to everyone in it (`RoomEvent`, `events.ts`) and owed to compliance (`ComplianceEvent`).
 * - **node**: one process of this program.
 */
import type { ChatError } from "../errors.ts";

/** A GUID in lower case; on the wire `ma-chan://<domain>/<RoomId>`. */
export type RoomId = string & { readonly brand: "RoomId" };
/** A GUID in lower case; on the wire `ma-cat://<domain>/<CategoryId>`. */
export type CategoryId = string & { readonly brand: "CategoryId" };
/** `sip:user@domain`: lower case, no port, no parameters. */
export type UserUri = string & { readonly brand: "UserUri" };
/** A GUID in lower case. */
export type GroupId = string & { readonly brand: "GroupId" };
/** A `UserUri`, `domain:<SIP domain in lower case>` or `group:<GroupId>`. */
export type Principal = string & { readonly brand: "Principal" };
/** A GUID in lower case, of an upload and of the file that it becomes. */
export type FileId = string & { readonly brand: "FileId" };
/** Unique among all sessions of all nodes, for ever. */
export type SessionId = string & { readonly brand: "SessionId" };

export interface User {
	readonly uri: UserUri;
	readonly displayName: string;
	/** GUID, stable for the life of the user. */
	readonly guid: string;
	readonly email?: string;
	/** His account is on, and policy lets him use persistent chat. */
	readonly enabled: boolean;
}

export interface Group {
	readonly id: GroupId;
	readonly name: string;
	readonly members: readonly Principal[];
}

/** What somebody holds, and so what his rights hang on. */
export interface Holder {
	/** Himself, his domain, and the groups that these are in, however deep. */
	readonly principals: readonly Principal[];
	readonly administrator: boolean;
}

/** A principal with the name that people know it by: a user's or a group's, else what it says. */
export interface NamedPrincipal {
	readonly principal: Principal;
	readonly name: string;
	/** False for a user or group that the directory does not know. */
	readonly known: boolean;
}

/** Of whom a policy is said: everybody, a domain, or a user. */
export type PolicyScope = "everybody" | `domain:${string}` | UserUri;

export interface Policy {
	readonly scope: PolicyScope;
	/** May they use persistent chat? */
	readonly enabled: boolean;
	/** Of a domain: is whom the SIP network asserts to be of it taken into the directory when he first comes? */
	readonly admit: boolean;
}

export interface Actor {
	readonly uri: UserUri;
	readonly displayName: string;
	readonly guid: string;
	/** As the directory has it: kept with compliance events. */
	readonly email?: string;
	/** The Call-ID of the SIP dialog that the actor speaks through: kept with compliance events. */
	readonly callId?: string;
	/** The address that he spoke from, where the door knows it: kept with the log of what administrators do, and nowhere else. */
	readonly cameFrom?: string;
	/** The operator himself, at a door that only he can open. People are administrators by the directory. */
	readonly administrator?: boolean;
}

export interface Category {
	readonly id: CategoryId;
	readonly name: string;
	readonly description: string;
	/** May rooms send invitations? */
	readonly invitations: boolean;
	/** May files be posted? */
	readonly files: boolean;
	/** Is history kept for reading back? */
	readonly history: boolean;
	/** What happens while the archive of compliance is behind: `open`: posts go on; `closed`: they are refused. */
	readonly compliance: "open" | "closed";
	/** Days that messages of its rooms are kept, 36,500 at most; 0: for ever; null: as `service.retainDays` has it. */
	readonly retainDays: number | null;
}

/** Being denied wins over being allowed. */
export interface CategoryScope {
	readonly allowed: readonly Principal[];
	readonly denied: readonly Principal[];
	readonly creators: readonly Principal[];
}

/** What somebody is to a category. */
export interface CategoryStanding {
	readonly inScope: boolean;
	readonly creator: boolean;
	readonly administrator: boolean;
}

/** `open`: found and joined by all in scope; `closed`: found by all in scope, joined by members; `secret`: found and joined by members. */
export type Privacy = "open" | "closed" | "secret";
/** In an `auditorium` only presenters post. */
export type RoomType = "normal" | "auditorium";
export type Role = "member" | "manager" | "presenter";

export interface Room {
	readonly id: RoomId;
	readonly name: string;
	readonly description: string;
	readonly category: Category;
	readonly privacy: Privacy;
	readonly type: RoomType;
	/** The category decides, or invitations are off for this room. */
	readonly invitations: "inherit" | "off";
	/** Everybody has left, and nobody but its managers sees it; content and rights are kept. */
	readonly disabled: boolean;
	/** A program shown beside the room. */
	readonly addIn?: AddIn | undefined;
	/** Names it in its SIP address, beside its id; never of a secret room. */
	readonly alias?: string | undefined;
	readonly createdBy: string;
	readonly createdAt: Date;
	readonly updatedBy: string;
	/** Later with every change: who changes the room says which state he had read. */
	readonly updatedAt: Date;
	/** The sequence of the newest message; 0 in a new room. */
	readonly lastSequence: number;
	/** Goes up whenever messages of it are deleted or replaced. */
	readonly revision: number;
}

export interface AddIn {
	readonly name: string;
	/** `https://…` */
	readonly url: string;
}

/** What its managers may say of a room. */
export type RoomProperties = Pick<
	Room,
	| "name"
	| "description"
	| "privacy"
	| "type"
	| "invitations"
	| "disabled"
	| "addIn"
	| "alias"
> & { readonly category: CategoryId };

export type Roles = Readonly<Record<Role, readonly Principal[]>>;

/** What is to be the whole list, or what is to be added and taken away. */
export type ListChange =
	| { readonly set: readonly Principal[] }
	| {
			readonly add?: readonly Principal[];
			readonly remove?: readonly Principal[];
	  };

/** Roles that are not named stay. */
export type RoleChanges = Readonly<Partial<Record<Role, ListChange>>>;

export interface Standing {
	/** Allowed by the category and not denied; always for an administrator. */
	readonly inScope: boolean;
	readonly administrator: boolean;
	readonly member: boolean;
	readonly manager: boolean;
	readonly presenter: boolean;
}

/** What clients may send beside the text; relayed and stored untouched. */
export interface MessageExtras {
	/** Attributes of the posted element that this server gives no meaning to. */
	readonly attributes: Readonly<Record<string, string>>;
	/** Child elements that this server gives no meaning to, each as XML text that stands alone. */
	readonly children: readonly string[];
}

export interface Draft {
	readonly room: RoomId;
	/** Plain text; line ends are LF. */
	readonly text: string;
	/** High importance. */
	readonly alert: boolean;
	readonly extras?: MessageExtras;
	/** Names the attempt: a second post with the same key in the same room is the first one again. At most 64 characters. */
	readonly key?: string;
}

export interface Message extends Draft {
	/** Position in the room: 1, 2, 3 …; `chatId` on the wire. A deleted message leaves its number behind. */
	readonly sequence: number;
	readonly author: { readonly uri: UserUri; readonly displayName: string };
	readonly postedAt: Date;
	/** An administrator has put another text in its place. */
	readonly replaced?: { readonly at: Date; readonly by: string };
}

/** Bytes, by what they are. */
export interface FileContent {
	/** 64 hexadecimal digits in lower case. */
	readonly sha256: string;
	readonly bytes: number;
}

/** A file of a room. */
export interface RoomFile extends FileContent {
	readonly id: FileId;
	readonly room: RoomId;
	/** As its owner named it: no path, at most 255 bytes of UTF-8. */
	readonly name: string;
	/** Media type by its bytes, like `image/png`. */
	readonly type: string;
	/** Goes up from file to file, with holes. */
	readonly position: number;
	readonly uploadedBy: { readonly uri: UserUri; readonly displayName: string };
	readonly uploadedAt: Date;
}

/** A file that is still coming in. */
export interface Upload {
	readonly id: FileId;
	readonly room: RoomId;
	readonly name: string;
	/** How many it will be. */
	readonly bytes: number;
}

/** Tells somebody that he has been made a member. */
export interface Invitation {
	/** Counts up by one for each user, from 2. */
	readonly serial: number;
	readonly room: RoomSummary;
	/** Since when he is a member. */
	readonly grantedAt: Date;
	readonly invitedAt: Date;
}

/** Which messages of a room are meant: those that fit all that is said; nothing said means all. */
export interface MessageFilter {
	readonly sequences?: readonly number[] | undefined;
	readonly authors?: readonly UserUri[] | undefined;
	/** Posted then or later. */
	readonly from?: Date | undefined;
	/** Posted earlier than then. */
	readonly before?: Date | undefined;
}

/** Somebody in a room, with what he may do there. One per user, however many sessions he joined with. */
export interface Participant {
	readonly user: {
		readonly uri: UserUri;
		readonly displayName: string;
		readonly guid: string;
	};
	readonly standing: Standing;
}

/** A room that a device was in when its dialog was lost. */
export interface Absence {
	readonly room: RoomId;
	/** The sequence of the newest message that it took. */
	readonly heard: number;
}

/** A room as one of several in a list. */
export interface RoomSummary {
	readonly room: Room;
	/** Users, not sessions; exact, also while the roster is hidden. */
	readonly participantCount: number;
}

/** A room as somebody sees it who has just joined. */
export interface RoomView extends RoomSummary {
	/** Only the joiner himself while the roster is hidden. */
	readonly participants: readonly Participant[];
	readonly rosterHidden: boolean;
}

/** A room as its managers see it. */
export interface RoomRecord extends RoomSummary {
	readonly roles: Roles;
}

export interface CategoryRecord extends Category, CategoryScope {}

/** What somebody would lose, or has lost. */
export interface Loss {
	readonly room: { readonly id: RoomId; readonly name: string };
	/** A user. */
	readonly principal: Principal;
	/**
	 * What he is no more then, by himself, his domain or a group; where his account, policy or the room is off, a list may still
	 * name him. `participant`: he is in the room; `visitor`: nothing else, but it is open to him.
	 */
	readonly was: readonly (Role | "participant" | "visitor")[];
}

/** All that would be lost by a change. */
export interface Losses {
	/** At most 1,000. */
	readonly losses: readonly Loss[];
	/** How many there are beside those, up to 100,000. */
	readonly more: number;
	/** There may be still more. */
	readonly cut: boolean;
}

/** What became of one room of a join. */
export type JoinOutcome =
	| {
			readonly room: RoomId;
			readonly view: RoomView;
			readonly standing: Standing;
	  }
	| { readonly room: RoomId; readonly refusal: ChatError };

/** Names a publication within its user's presence document. */
export interface PublicationKey {
	/** `roomSetting`, `state` …: `categoryName` on the wire. */
	readonly name: string;
	/** Unsigned, 32 bits. */
	readonly instance: number;
	/** Unsigned, 32 bits. */
	readonly container: number;
}

export interface Publication extends PublicationKey {
	/** 1 when it is new, one more with each change. */
	readonly version: number;
	readonly publishedAt: Date;
	/** As the client said: `static`, `time`, `endpoint`, `user` … */
	readonly expireType: string;
	/** Then it is gone; else it stays. */
	readonly expiresAt?: Date;
	/** One XML element that stands alone. */
	readonly data: string;
}

/** A publication that is to be another, or to be gone. */
export interface PublicationChange extends PublicationKey {
	/** The one that the client has seen; 0: there was none. */
	readonly version: number;
	readonly expireType: string;
	/** How long it stays; absent: for ever. */
	readonly expiresSeconds?: number;
	/** Absent: it is removed. */
	readonly data?: string;
}

/** What came of a change. */
export interface Published extends PublicationKey {
	readonly version: number;
	readonly expireType: string;
	/** Absent: removed. */
	readonly publication?: Publication;
}

/** What is known of the client that published, by which it can be recognised; absent: none of the user's clients. */
export type ClientTraits = Readonly<Record<string, string>>;

/** What there is for somebody in a room since he was last there. Numbers stop at 500. */
export interface Unread {
	readonly count: number;
	/** Those of them that are alerts or name him (`@alice`, `@Alice Smith`). */
	readonly addressed: number;
}

export interface FollowedRoom extends RoomSummary {
	/** Absent while he is in the room, and where he may not read back. */
	readonly unread?: Unread;
}
