/** What compliance is owed, until it has it. */
import type { ComplianceEvent, EventId } from "../../compliance/events.ts";
import type { CategoryId } from "../../rooms/types.ts";

/** The writing side: only `Transaction` carries one. */
export interface Outbox {
	/** Nothing where the store was opened with `owes: false`. */
	add(...events: readonly ComplianceEvent[]): Promise<void>;
}

/** An event as it waits. */
export interface OwedEvent {
	/** Goes up, with holes; docs/decisions/0003-databases.md says of what order it is the truth. */
	readonly position: number;
	readonly id: EventId;
	readonly type: string;
	/** Empty for what is of no room. */
	readonly room: string;
	/** When it was owed. */
	readonly at: Date;
	/** The event as JSON text. */
	readonly payload: string;
}

export interface Backlog {
	/** Events that wait; stops at 100,000. */
	readonly owed: number;
	/** The first of them; absent when none waits. */
	readonly first?: FirstOwed;
}

export interface FirstOwed {
	readonly id: EventId;
	/** Since when it is owed. */
	readonly at: Date;
}

/**
 * The reading side. An event may be committed after one with a higher position (never one of the same room that changed it):
 * read from the beginning every time, and forget what has been taken; whoever went on from the last position would miss it.
 */
export interface OwedEvents {
	/** By position; at most so many, and so many bytes of payload (UTF-8), but one at least. */
	oldest(limit: number, bytes: number): Promise<readonly OwedEvent[]>;
	/**
	 * The same, of those behind the position `after` and not of these rooms; `through`: how far it has looked, which is not
	 * for ever if there is much of these rooms. `isEnd`: there was no more to look at.
	 */
	past(
		passed: { readonly rooms: ReadonlySet<string>; readonly after: number },
		batch: { readonly events: number; readonly bytes: number },
	): Promise<{
		readonly events: readonly OwedEvent[];
		readonly through: number;
		readonly isEnd: boolean;
	}>;
	/** Of each category whose compliance is closed, and whose rooms are owed anything: the first of it. */
	closedBehind(): Promise<ReadonlyMap<CategoryId, FirstOwed>>;
	/** They have been taken. Those that are gone already change nothing. */
	forget(events: readonly Pick<OwedEvent, "position" | "id">[]): Promise<void>;
	/** Costs no more the longer the backlog is. */
	behind(): Promise<Backlog>;
}
