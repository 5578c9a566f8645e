/** What was posted, counted: for whoever compares it with what was archived. */
import type { RoomId } from "../../rooms/types.ts";

export interface PostedRoom {
	readonly id: RoomId;
	readonly name: string;
	/** Sequences 1 … this have been given, also to what has been deleted since. */
	readonly lastSequence: number;
}

export interface PostedNumbers {
	/** By id, behind `after`; 500 at most. */
	rooms(after: RoomId | undefined): Promise<readonly PostedRoom[]>;
	/** Sequences that may have been given from `from` until before `to`. */
	span(
		room: PostedRoom,
		range: {
			readonly from?: Date | undefined;
			readonly to?: Date | undefined;
		},
	): Promise<{ readonly first: number; readonly last: number }>;
	/** Of a room as it is now; 0 for one that is not there. */
	lastSequence(room: RoomId): Promise<number>;
	/** Of the messages that are there, `first` to `last`, by sequence. */
	between(
		room: RoomId,
		first: number,
		last: number,
	): Promise<readonly { readonly sequence: number; readonly postedAt: Date }[]>;
	/** Posts that are owed, by their place in the outbox, behind `after`; 1,000 at most. */
	owed(after: number): Promise<
		readonly {
			readonly position: number;
			readonly room: string;
			readonly sequence: number;
		}[]
	>;
}
