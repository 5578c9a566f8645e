/** What was said, in its order. */
import type {
	Actor,
	Draft,
	Message,
	MessageFilter,
	Room,
	RoomId,
} from "../../rooms/types.ts";
import type { Page } from "./page.ts";

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

export interface MessageWriter extends MessageReader {
	/**
	 * Gives the next sequence; or, when the draft has a key and the room a message with that key, that message: its sequence
	 * is then not above `room.lastSequence`. The room must be locked by this transaction: else it throws an error that is
	 * no refusal.
	 */
	append(room: Room, author: Actor, draft: Draft, at: Date): Promise<Message>;
	/** `append` of each, in their order, to one room or several, in as few statements as for one unless a key was there already. */
	appendAll(
		posts: readonly {
			readonly room: Room;
			readonly author: Actor;
			readonly draft: Draft;
		}[],
		at: Date,
	): Promise<readonly Message[]>;
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
}
