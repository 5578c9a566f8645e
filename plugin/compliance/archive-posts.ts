/** What the archive has of what was posted, by the rooms' own sequences. */
import type { RoomId } from "../rooms/types.ts";
import type { ArchivedEvent } from "./archived.ts";

export interface ArchivedPosts {
	/** Ids of rooms that have had events, in order, behind this one; some at a time. */
	rooms(after: string | undefined): Promise<readonly RoomId[]>;
	/** As its newest event that is left calls it; its id where there is none. */
	nameOf(room: string): Promise<string>;
	/** Each has had, or set aside, what is behind `since` and up to `position`. */
	adapters(): Promise<
		readonly {
			readonly name: string;
			readonly position: number;
			readonly since: number;
		}[]
	>;
	/** Posts of the room up to this sequence have been deleted, being old. */
	prunedThrough(room: string): Promise<number>;
	/** The highest sequence of the room; 0: none. */
	newest(room: string): Promise<number>;
	/** By sequence. `whole`: with the events themselves. */
	between(
		room: string,
		first: number,
		last: number,
		whole: boolean,
	): Promise<readonly ArchivedPost[]>;
	/** Positions from `first` to `last` that are set aside for the adapter, or were given up. */
	setAside(
		adapter: string,
		first: number,
		last: number,
	): Promise<readonly number[]>;
}

export interface ArchivedPost {
	readonly position: number;
	readonly sequence: number;
	readonly at: Date;
	readonly event?: ArchivedEvent;
}
