/**
 * What an adapter is: takes the archive's events to where they are to be kept. docs/compliance-adapters.md is the guide to writing one;
 * `drachtio-persistent-chat/testing` has the suite that every adapter passes.
 */
import type { Readable } from "node:stream";
import type {
	ArchivedEvent,
	EventId,
	FileReference,
	Person,
} from "./archived.ts";

export type {
	ArchivedEvent,
	ArchivedRoom,
	EventRecord,
	Evidence,
	Person,
} from "./archived.ts";
export type { EventId, FileReference } from "./events.ts";

export interface ComplianceAdapter {
	/**
	 * Resolves when every event of the batch is safe where it was sent: on the disk, confirmed by the receiver.
	 * Rejects, and the same batch comes again after a while, perhaps with more behind it: each event comes at least once, and
	 * those of a room in their order. Throws `Undeliverable` for events that no repeat will cure. Never called twice at a time within
	 * a node; one that has lost the adapter to another may end its last call while the other has begun: share no file with it.
	 */
	deliver(batch: readonly ArchivedEvent[], delivery: Delivery): Promise<void>;
	/** After the last delivery has ended. */
	close?(): Promise<void>;
}

export interface Delivery {
	/** Names this batch: the same events again have the same key, so that a receiver can drop a repeat. At most 128 characters. */
	readonly key: string;
	/** 1, and one more with each repeat. */
	readonly attempt: number;
	/** Asked for by the operator once more; not in order with what comes meanwhile. */
	readonly replay: boolean;
	/** Aborted when it has taken too long, or the service stops: reject soon, then the batch comes again. */
	readonly signal: AbortSignal;
	readonly log: AdapterLog;
	/** Who was in the room just before the batch's first event, sorted by their addresses. `room` is its id. */
	present(room: string): Promise<readonly Person[]>;
	/** The bytes of a file that an event of the batch names. */
	open(file: FileReference): Promise<Readable>;
}

/** What pino offers; fields first. Never log a message's text. */
export interface AdapterLog {
	debug(fields: object, message: string): void;
	info(fields: object, message: string): void;
	warn(fields: object, message: string): void;
	error(fields: object, message: string): void;
}

/** No repeat will cure it: the events are set aside with this reason (shown to the operator; no message text in it). */
export class Undeliverable extends Error {
	override readonly name = "Undeliverable";
	/** Which of the batch; without them they are found by delivering it in parts. */
	readonly events: readonly EventId[];

	constructor(reason: string, events: readonly EventId[] = []) {
		super(reason);
		this.events = events;
	}
}

export interface AdapterContext {
	/** What the configuration calls it: unique among the adapters. */
	readonly name: string;
	readonly log: AdapterLog;
}

/**
 * The default export of an adapter's module. Checks its options and throws an `Error` that says what is wrong with them and
 * what would be right; opens what it needs, or rejects with the reason.
 */
export type AdapterFactory = (
	options: unknown,
	context: AdapterContext,
) => Promise<ComplianceAdapter>;
