/**
 * The compliance database, as the others here need it. Everything throws `ChatError('unavailable')` when it cannot be had, and
 * works again by itself when it is back. `plugin/store/archive/` is it.
 */
import type { ArchivedPosts } from "./archive-posts.ts";
import type { ArchivedEvent, EventRecord, Person } from "./archived.ts";
import type { EventId } from "./events.ts";
import type { Checkpoint, Checkpoints, Sign } from "./evidence.ts";

/** An event on its way to the archive. */
export interface Owed {
	readonly record: EventRecord;
	/** Its JSON text, as it is hashed and kept. */
	readonly text: string;
}

/** Proves that this process still does what only one may do: checked where it writes. */
export interface Tenure {
	readonly lease: string;
	/** Another one for each time that the lease is taken. */
	readonly holder: string;
}

/** One of the batches that a holder adds, one after the other. */
export interface Turn extends Tenure {
	/** Goes up with each batch of the holder, from 1 on. */
	readonly turn: number;
}

/** Thrown by what is written under a lease that another has taken over. */
export class LeaseLost extends Error {
	override readonly name = "LeaseLost";
}

/** Thrown by a batch that is to be added after it, or a later one, has been: what was in it may be gone from here already. */
export class Overtaken extends Error {
	override readonly name = "Overtaken";
}

/** Thrown where the database has answered that it can never keep one of these events, whatever is tried. */
export class Unstorable extends Error {
	override readonly name = "Unstorable";
}

/** Thrown where evidence would be destroyed: somebody has altered what stands in the archive. */
export class Unproven extends Error {
	override readonly name = "Unproven";
}

export interface Archive {
	/**
	 * Appends those that it does not have, in this order, to the archive and to the chains of their rooms: all or nothing, and
	 * each once. Throws `LeaseLost`, `Overtaken`, `Unstorable`.
	 */
	add(events: readonly Owed[], turn: Turn): Promise<void>;
	/** The position of the newest event; 0: there is none. */
	head(): Promise<number>;
	/** In order, those behind `position`, at most to `through`; as many as fit, but one in any case if there is one. */
	after(
		position: number,
		page: Page & { readonly through?: number },
	): Promise<readonly ArchivedEvent[]>;
	/** Who was in the room just before the event at `position`, by URI. */
	present(room: string, position: number): Promise<readonly Person[]>;
	/** How far it goes, and what is left of it. */
	extent(): Promise<{
		readonly position: number;
		/** Events up to this position are deleted, but for those set aside. */
		readonly pruned: number;
		readonly chains: number;
		/** When the archive was made, or its first event happened if that was earlier. */
		readonly begunAt: Date;
		/** When the oldest event that is left happened. */
		readonly oldestAt: Date | undefined;
	}>;
	readonly posts: ArchivedPosts;
	readonly adapters: AdapterStates;
	readonly parked: ParkedEvents;
	readonly replays: Replays;
	readonly leases: Leases;
	readonly checkpoints: Checkpoints;
	/**
	 * Deletes the oldest, at most `events` of them, that happened before `before` (or are dated after `now`, by a
	 * clock that was wrong, and were signed before `before`), are not behind `through`, and are not set
	 * aside for an adapter; how many there were. What is deleted then is signed in the same transaction. Throws `LeaseLost`, and
	 * `Unproven` when what is said to be deleted by now is not what was signed last: nothing is deleted then.
	 */
	prune(
		bounds: {
			readonly before: Date;
			readonly through: number;
			readonly events: number;
			readonly misdated?: {
				readonly now: Date;
				/** Is it signed, by who deletes? What somebody has altered proves no age. */
				readonly isProven: (checkpoint: Checkpoint) => boolean;
			};
		},
		sign: Sign,
		tenure: Tenure,
	): Promise<number>;
}

export interface Page {
	readonly events: number;
	/** Of their JSON text. */
	readonly bytes: number;
}

export interface AdapterState {
	readonly name: string;
	/** It has taken, or set aside, every event up to this one. */
	readonly position: number;
	readonly delivered: number;
	readonly deliveredAt: Date | undefined;
	readonly failures: number;
	/** Failures in a row, since the last success. */
	readonly attempt: number;
	readonly failedAt: Date | undefined;
	readonly failure: string | undefined;
	/** When what has failed comes again; undefined: in its turn. */
	readonly nextAt: Date | undefined;
}

export interface AdapterStates {
	/** One that is new begins with the oldest event there is. */
	register(name: string): Promise<AdapterState>;
	list(): Promise<readonly AdapterState[]>;
	/** Throws `LeaseLost`. */
	advance(
		name: string,
		progress: {
			readonly position: number;
			readonly delivered: number;
			readonly at: Date;
			readonly parked: readonly Parking[];
		},
		tenure: Tenure,
	): Promise<void>;
	/** `nextAt`: when it comes again. */
	failed(name: string, failure: string, at: Date, nextAt?: Date): Promise<void>;
	/** With what is set aside for it, and its replays. */
	forget(name: string): Promise<void>;
	/** Events that are still before the adapter, those too that its filter leaves out, and when the oldest of them happened. */
	backlog(
		name: string,
	): Promise<{ readonly events: number; readonly oldestAt: Date | undefined }>;
}

export interface Parking {
	readonly position: number;
	readonly event: EventId;
	readonly reason: string;
}

export interface ParkedEvent extends Parking {
	readonly adapter: string;
	/** `again`: to be tried once more; `dropped`: the operator has given it up. */
	readonly state: "parked" | "again" | "dropped";
	readonly at: Date;
	/** Who decided last. */
	readonly by: string | undefined;
}

export interface ParkedEvents {
	/** By position, behind `after`. */
	list(
		adapter: string,
		page: {
			readonly state?: ParkedEvent["state"];
			readonly after?: number;
			readonly limit: number;
		},
	): Promise<readonly ParkedEvent[]>;
	count(adapter: string): Promise<number>;
	/** Those that are still before the adapter, for this reason, by the operator; how many. */
	setAside(
		adapter: string,
		events: readonly EventId[],
		why: {
			readonly reason: string;
			readonly by: string;
			readonly at: Date;
		},
	): Promise<number>;
	/** How many of them, or of all that are parked, are now to be tried again, or given up. */
	decide(
		adapter: string,
		state: "again" | "dropped",
		by: string,
		events?: readonly EventId[],
	): Promise<number>;
	/** It has been delivered at last, or has failed again for this reason. Throws `LeaseLost`. */
	settle(
		adapter: string,
		position: number,
		outcome: "delivered" | { readonly reason: string; readonly at: Date },
		tenure: Tenure,
	): Promise<void>;
}

/** Once more what an adapter has had already. */
export interface Replay {
	readonly id: string;
	readonly adapter: string;
	readonly from: Date;
	readonly to: Date;
	/** The first event of it, the last, and the next to come. */
	readonly first: number;
	readonly last: number;
	readonly next: number;
	readonly delivered: number;
	readonly askedBy: string;
	readonly askedAt: Date;
	readonly endedAt: Date | undefined;
	/** Who has ended it before its end. */
	readonly stoppedBy: string | undefined;
}

/** What a replay would be of. */
export interface ReplaySpan {
	readonly adapter: string;
	readonly from: Date;
	readonly to: Date;
}

export interface Replays {
	/** The first event and the last of what `begin` would take; undefined when there is nothing of it. */
	span(
		of: ReplaySpan,
	): Promise<{ readonly first: number; readonly last: number } | undefined>;
	/** Of what happened from `from` until before `to` and has been delivered already; undefined when there is nothing of it. */
	begin(
		asked: ReplaySpan & { readonly by: string; readonly at: Date },
	): Promise<Replay | undefined>;
	find(id: string): Promise<Replay | undefined>;
	/** Ends one that is under way; a batch of it may be under way still, and is counted. As it stands then. */
	stop(id: string, by: string, at: Date): Promise<Replay | undefined>;
	/** Those that have not ended, oldest first; 100 at most. */
	underWay(): Promise<readonly Replay[]>;
	/** The one whose turn it is. */
	current(adapter: string): Promise<Replay | undefined>;
	/** Throws `LeaseLost`. */
	advance(
		id: string,
		progress: {
			readonly next: number;
			readonly delivered: number;
			readonly at: Date;
			readonly parked: readonly Parking[];
			/** It is over. */
			readonly ended: boolean;
		},
		tenure: Tenure,
	): Promise<void>;
}

export interface LeaseState {
	readonly holder: string;
	readonly beat: number;
	/** The last batch that its holder has added. */
	readonly turn: number;
}

export interface Leases {
	/** As it stands, or undefined when nobody has ever had it. */
	find(lease: string): Promise<LeaseState | undefined>;
	/** From whoever held it at that beat, or from nobody: did it succeed? */
	take(
		lease: string,
		holder: string,
		from: Pick<LeaseState, "holder" | "beat"> | undefined,
	): Promise<boolean>;
	/** Is it still his? Then it lives on. */
	beat(lease: string, holder: string): Promise<boolean>;
	/** Anybody may take it at once. */
	release(lease: string, holder: string): Promise<void>;
}
