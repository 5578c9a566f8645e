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
	  })
	/** History was read back: `count` messages, the newest of them `throughSequence`. */
	| (InRoom & {
			readonly type: "viewed";
			readonly count: number;
			readonly throughSequence: number;
	  })
	/** Messages of this room were found by their words, and shown. */
	| (InRoom & {
			readonly type: "searched";
			readonly words: string;
			readonly count: number;
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
			readonly user: Pick<Actor, "uri" | "displayName">;
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
