/** What the parts of the domain need from outside, and from one another. */
import type { Logger } from "pino";
import type { FanOut } from "../cluster/fan-out.ts";
import { ChatError } from "../errors.ts";
import type { FileBytes } from "../files/index.ts";
import type { Store } from "../store/index.ts";
import type { Directory } from "./directory.ts";
import type { Reassessing } from "./reassessing.ts";
import type { Rights } from "./rights.ts";
import type { Settling } from "./settling.ts";
import type {
	Actor,
	CategoryId,
	Draft,
	FileId,
	RoomFile,
	RoomId,
} from "./types.ts";

export interface RoomLimits {
	/** UTF-8 bytes of a message's text. */
	readonly messageBytes: number;
	/** UTF-8 bytes of a story's text. */
	readonly storyBytes: number;
	/** Bytes of a message as the SIP network carries it, encoded. */
	readonly relayBytes: number;
	/** A post that would wait longer in its room is refused at once; 0: none is. */
	readonly postWaitMs: number;
	/** Messages that one question for history gives at most. */
	readonly historyMessages: number;
	/** Bytes of an uploaded file. */
	readonly fileBytes: number;
	/** Rooms, messages or users that one search gives at most. */
	readonly searchResults: number;
	/** With more participants than this a roster is hidden. */
	readonly roster: number;
}

export interface RoomsNeeds {
	readonly store: Store;
	readonly directory: Directory;
	readonly fanOut: FanOut;
	readonly log: Logger;
	/** The name of this node. */
	readonly node: string;
	readonly now: () => Date;
	/** Milliseconds that only go forward; default `performance.now()`. */
	readonly elapsedMs?: (() => number) | undefined;
	readonly limits: RoomLimits;
	/** How old the oldest event of a closed category is that compliance has not archived, as of the last look; 0 when there is none. */
	readonly archive: { readonly behindMs: (category: CategoryId) => number };
	/** With the archive further behind than that, categories whose compliance is closed take no posts. */
	readonly closedAfterMs: number;
	/** Absent: this node takes and gives no files. */
	readonly files?: FileBytes | undefined;
	/** What the network that carries messages can carry. */
	readonly wire: {
		/** How many bytes the draft takes there. */
		readonly relayBytes: (author: Actor, draft: Draft) => number;
		/** The first character that cannot travel, by name (`U+0007`). */
		readonly forbiddenCharacter: (text: string) => string | undefined;
		/** The data of a publication that says that this room is followed. */
		readonly roomSetting: (room: RoomId) => string;
		/** The rooms that the data of such a publication names, whoever wrote it. */
		readonly roomsNamed: (data: string) => readonly RoomId[];
		/** What a message says that tells of a file. */
		readonly fileLink: (file: RoomFile) => string;
		/** The files that a message tells of, whoever wrote it. */
		readonly filesNamed: (
			text: string,
		) => readonly { readonly room: RoomId; readonly file: FileId }[];
	};
}

export interface RoomsWork extends RoomsNeeds {
	readonly rights: Rights;
	readonly reassessing: Reassessing;
	readonly settling: Settling;
}

/** Throws `unavailable` where no files are taken. */
export function bytesOf({ files }: Pick<RoomsWork, "files">): FileBytes {
	if (files !== undefined) return files;
	throw new ChatError("unavailable", "This service takes and gives no files.");
}
