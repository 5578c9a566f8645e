/** Reading back what was said: history and search, where a replica may answer. */
import type { Room } from "../../rooms/types.ts";
import type { MessageSearch } from "./message-search.ts";
import type { MessageReader } from "./messages.ts";

/** A room as it was just read: what was said in it until then is to be found. */
export type RoomAsRead = Pick<Room, "id" | "lastSequence" | "revision">;

/** What answers then. */
export interface ReadFrom {
	readonly messages: Pick<MessageReader, "latest" | "page">;
	readonly messageSearch: Pick<MessageSearch, "search">;
}

/**
 * Runs `read`, which is to ask for nothing but what was said in these rooms. What was committed before they were read, it
 * sees; it may be run twice, on one database after another.
 */
export type ReadBack = <T>(
	rooms: readonly RoomAsRead[],
	read: (from: ReadFrom) => Promise<T>,
) => Promise<T>;
