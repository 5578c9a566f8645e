/** What compliance is owed: every event complete in itself, with names as they stood, so that nothing need be looked up later. */
import type { KickReason } from "../rooms/events.ts";
import type {
	Actor,
	Category,
	CategoryId,
	CategoryRecord,
	Message,
	Principal,
	Role,
	RoomId,
	RoomProperties,
	UserUri,
} from "../rooms/types.ts";

/** A UUID made with the event. */
export type EventId = string;

interface Happened {
	readonly id: EventId;
	readonly at: Date;
	/** Who did it. */
	readonly actor: Actor;
}

export interface Place {
	readonly id: RoomId;
	readonly name: string;
	readonly category: { readonly id: CategoryId; readonly name: string };
}

/** A file whose bytes have really moved. The compliance file store keeps them by `sha256`. */
export interface FileReference {
	/** As its owner named it. */
	readonly name: string;
	/** Media type, like `image/png`. */
	readonly type: string;
	readonly bytes: number;
	/** 64 hexadecimal digits in lower case. */
	readonly sha256: string;
	/** Only in the archive: it could not be copied for compliance, for the file store had lost it, or had other bytes for it. */
	readonly missing?: "gone" | "altered";
}

/** Which part of a room's history was asked for; `count`: how many messages at most, as it was asked. */
export type HistoryAsked =
	/** The newest. */
	| { readonly window: "last"; readonly count: number }
	/** Those beside this message, or with it in the middle. */
	| {
			readonly window: "before" | "after" | "around";
			readonly sequence: number;
			readonly count: number;
	  }
	/** Posted within these times, both included; the newest of them, or the oldest. */
	| {
			readonly window: "dates";
			readonly from?: Date | undefined;
			readonly to?: Date | undefined;
			/** Only what comes after this message, in the direction asked for. */
			readonly start?: number | undefined;
			readonly newestFirst: boolean;
			readonly count: number;
	  }
	/** Posted after this message, while he was away: sent to his client when it came back. */
	| { readonly window: "missed"; readonly sequence: number };

/** What messages were to be like; what is not named did not matter. */
export interface SearchAsked {
	/** The same in the events of all rooms that were looked through for one question. */
	readonly question: EventId;
	/** Those that he named, or all that he is a member of. */
	readonly rooms: "named" | "own";
	/** How many of them were looked through. */
	readonly roomCount: number;
	readonly words?: string | undefined;
	/** `all` of the words, `any` of them, or just so, as one `phrase`. */
	readonly match?: "all" | "any" | "phrase" | undefined;
	readonly caseCounts?: boolean | undefined;
	/** By one of them. */
	readonly authors?: readonly UserUri[] | undefined;
	/** Posted then or later. */
	readonly from?: Date | undefined;
	/** Posted then or earlier. */
	readonly to?: Date | undefined;
	/** Only what comes after this message, in the direction of the search. */
	readonly start?: number | undefined;
	readonly newestFirst: boolean;
	/** Messages of one room at most. */
	readonly count: number;
}

interface InRoom extends Happened {
	readonly room: Place;
}

export type ComplianceEvent =
	| (InRoom & { readonly type: "posted"; readonly message: Message })
	| (InRoom & { readonly type: "joined" })
	| (InRoom & {
			readonly type: "parted";
			/** When it was not his own wish. */
			readonly kicked?: KickReason;
			/** His node was killed: `at` is the last that is known of it, not when he was found there. */
			readonly lost?: true;
	  })
	/** History was read back, or there was none to read: `count` messages, from the first number to the last; 0 for none. */
	| (InRoom & {
			readonly type: "viewed";
			readonly count: number;
			readonly fromSequence?: number;
			readonly throughSequence: number;
			readonly asked?: HistoryAsked;
	  })
	/** Messages of this room were looked for by words or authors; those found were shown. */
	| (InRoom & {
			readonly type: "searched";
			/** The words; without any, the authors. */
			readonly words: string;
			readonly count: number;
			/** Those that were shown, in the order of the search. */
			readonly sequences?: readonly number[];
			readonly asked?: SearchAsked;
	  })
	| (InRoom & {
			readonly type: "uploaded" | "downloaded";
			readonly file: FileReference;
	  })
	| (InRoom & {
			readonly type: "deleted";
			readonly message: Message;
	  })
	| (InRoom & {
			readonly type: "replaced";
			readonly message: Message;
			readonly replacement: string;
	  })
	| (InRoom & {
			readonly type: "invited";
			/** Whom; `actor` is who made them members. */
			readonly user: Pick<Actor, "uri" | "displayName"> &
				Partial<Pick<Actor, "guid" | "email">>;
	  })
	| (InRoom & {
			readonly type: "room-created" | "room-removed";
			readonly properties: RoomProperties;
	  })
	/** Only what has changed. */
	| (InRoom & {
			readonly type: "room-changed";
			readonly before: Partial<RoomProperties>;
			readonly after: Partial<RoomProperties>;
			/** Where it was before, when it was moved. */
			readonly movedFrom?: Place["category"];
	  })
	| (InRoom & {
			readonly type: "roles-changed";
			readonly role: Role;
			readonly added: readonly Principal[];
			readonly removed: readonly Principal[];
	  })
	| (Happened & {
			readonly type: "category-created" | "category-removed";
			readonly category: CategoryRecord;
	  })
	/** Only what has changed. */
	| (Happened & {
			readonly type: "category-changed";
			readonly category: Pick<Category, "id" | "name">;
			readonly before: Partial<CategoryRecord>;
			readonly after: Partial<CategoryRecord>;
	  })
	/** Users, groups, policy, administrators. */
	| (Happened & {
			readonly type: "directory-changed";
			/** A user's URI, `group:<guid>`, a policy's scope, `administrators`. */
			readonly subject: string;
			readonly before: unknown;
			readonly after: unknown;
	  });
