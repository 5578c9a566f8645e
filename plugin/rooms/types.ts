/**
 * The nouns of persistent chat. Each word has one meaning, everywhere in this code:
 *
 * - **user**: somebody of the directory, known by a SIP URI.
 * - **principal**: what a right can be given to: a user (`sip:alice@example.com`) or a whole SIP domain (`domain:example.com`).
 * - **category**: holds rooms; says who could ever be let in (allowed, denied: deny wins) and what rooms may do.
 * - **room**: where messages are posted and kept; lies in exactly one category.
 * - **member**: may join, read, post (in a normal room). **manager**: changes the room. **presenter**: may post in an auditorium.
 * - **standing**: what somebody is to one room: in scope of its category? member? manager? presenter?
 * - **actor**: the authenticated user on whose behalf something is done; first argument of everything in `Rooms`.
 * - **session**: one signed-in client of a user; a user with two devices has two.
 * - **participant**: a session that has joined a room.
 * - **post**: the act; **message**: what is kept of it, with its `sequence` in the room (1, 2, 3 …, no gaps).
 * - **event**: what happened in a room, told to everyone in it (`RoomEvent`) and owed to compliance (`ComplianceEvent`).
 * - **node**: one process of this program.
 */
import type { ChatError } from "../errors.ts";

/** A GUID in lower case; on the wire `ma-chan://<domain>/<RoomId>`. */
export type RoomId = string & { readonly brand: "RoomId" };
/** A GUID in lower case; on the wire `ma-cat://<domain>/<CategoryId>`. */
export type CategoryId = string & { readonly brand: "CategoryId" };
/** `sip:user@domain`: lower case, no port, no parameters. */
export type UserUri = string & { readonly brand: "UserUri" };
/** A `UserUri`, or `domain:<SIP domain in lower case>`. */
export type Principal = string & { readonly brand: "Principal" };
/** Unique among all sessions of all nodes, for ever. */
export type SessionId = string & { readonly brand: "SessionId" };

export interface User {
	readonly uri: UserUri;
	readonly displayName: string;
	/** GUID, stable for the life of the user. */
	readonly guid: string;
	readonly email?: string;
	/** Enabled for persistent chat by policy. */
	readonly enabled: boolean;
}

export interface Actor {
	readonly uri: UserUri;
	readonly displayName: string;
	readonly guid: string;
	/** The Call-ID of the SIP dialog that the actor speaks through: kept with compliance events. */
	readonly callId?: string;
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
	readonly disabled: boolean;
	readonly createdBy: string;
	readonly createdAt: Date;
	readonly updatedBy: string;
	readonly updatedAt: Date;
	/** The sequence of the newest message; 0 in a new room. */
	readonly lastSequence: number;
}

export interface Standing {
	/** Allowed by the category and not denied. */
	readonly inScope: boolean;
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
	/** Position in the room: 1, 2, 3 …; `chatId` on the wire. */
	readonly sequence: number;
	readonly author: { readonly uri: UserUri; readonly displayName: string };
	readonly postedAt: Date;
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

/** A room as one of several in a list. */
export interface RoomSummary {
	readonly room: Room;
	readonly participantCount: number;
}

/** A room as somebody sees it who has just joined. */
export interface RoomView extends RoomSummary {
	readonly participants: readonly Participant[];
}

/** What became of one room of a join. */
export type JoinOutcome =
	| {
			readonly room: RoomId;
			readonly view: RoomView;
			readonly standing: Standing;
	  }
	| { readonly room: RoomId; readonly refusal: ChatError };

/** What happened, told to the people in the room. */
export type RoomEvent =
	| { readonly type: "posted"; readonly message: Message }
	| {
			readonly type: "joined";
			/** Several rooms when they were joined by one command. */
			readonly rooms: readonly {
				readonly room: RoomId;
				readonly type: RoomType;
				readonly standing: Standing;
			}[];
			readonly user: Participant["user"];
			readonly batch: boolean;
	  }
	| {
			readonly type: "parted";
			readonly rooms: readonly RoomId[];
			readonly user: Participant["user"];
	  };
