/** What is told to somebody who watches what concerns him. */
import type { KickReason } from "../rooms/events.ts";
import type {
	Actor,
	Invitation,
	Message,
	RoomId,
	RoomSummary,
	Standing,
	Unread,
} from "../rooms/types.ts";

export type News =
	/** In a room that he is in, in the order of the room; so are `deleted` and `replaced`. */
	| { readonly type: "message"; readonly message: Message }
	| {
			readonly type: "deleted";
			readonly room: RoomId;
			readonly sequences: readonly number[];
	  }
	| {
			readonly type: "replaced";
			readonly room: RoomId;
			readonly sequences: readonly number[];
			readonly text: string;
	  }
	/** A room that he is in or follows has other properties. */
	| { readonly type: "room"; readonly summary: RoomSummary }
	/** By one of his clients; not by how many. */
	| { readonly type: "entered"; readonly rooms: readonly RoomId[] }
	| { readonly type: "left"; readonly rooms: readonly RoomId[] }
	/** He was put out of a room. */
	| {
			readonly type: "removed";
			readonly room: RoomId;
			readonly why: KickReason;
	  }
	/** What he is to a room that he is in. */
	| {
			readonly type: "rights";
			readonly room: RoomId;
			readonly standing: Standing;
	  }
	/** In a room that he follows and is not in. */
	| {
			readonly type: "unread";
			readonly room: RoomId;
			readonly unread: Unread;
	  }
	| { readonly type: "invitation"; readonly invitation: Invitation }
	/** He follows other rooms now, or may find others of them. */
	| { readonly type: "followed" }
	/** What was to be told could not be, and nothing more comes: whoever watches begins anew. */
	| { readonly type: "lost" };

export type Told = (news: News) => void;

/** Somebody who watches, however many times. */
export interface Watcher {
	readonly actor: Actor;
	readonly listeners: Set<Told>;
	readonly inside: Set<RoomId>;
	readonly followed: Set<RoomId>;
}

export function tellWatcher({ listeners }: Watcher, news: News): void {
	for (const listener of [...listeners]) listener(news);
}
