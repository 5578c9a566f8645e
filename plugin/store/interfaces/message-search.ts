/** Finding messages by what they say. */
import type { Message, Room, RoomId, UserUri } from "../../rooms/types.ts";

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
