/** What proves that the archive is unaltered: signed checkpoints of its chains, and all that a verifier reads. */
import type { Tenure } from "./archive.ts";

/** The newest event of a chain as a checkpoint has it. */
export interface SignedHead {
	/** The room's id, or empty. */
	readonly chain: string;
	readonly number: number;
	readonly hash: string;
	/** Of that event. */
	readonly position: number;
}

/** What is signed, as JSON text. */
export interface Statement {
	readonly version: 1;
	/** 1, 2, 3 … */
	readonly number: number;
	/** ISO 8601, UTC. */
	readonly at: string;
	/** SHA-256 of the statement before, 64 hexadecimal digits; zeros before the first. */
	readonly previous: string;
	/** It speaks of what came behind this position … */
	readonly after: number;
	/** … up to this one. */
	readonly position: number;
	/** Over all events up to `position`, in their order; null where another statement goes on at once, or nothing has come. */
	readonly hash: string | null;
	/** What had been deleted by then, for it was older than it is to be kept: events up to this one. */
	readonly pruned: number;
	/** They all happened before this, ISO 8601, or were signed before it although dated later; absent: none was deleted. */
	readonly prunedBefore?: string;
	/** Over those of them that stayed, for they were set aside (`keptHash`); absent: none did. */
	readonly kept?: string;
	/** Of the chains that had changed, by position. */
	readonly heads: readonly SignedHead[];
}

export interface Checkpoint {
	readonly number: number;
	readonly at: Date;
	readonly position: number;
	/** The JSON text of a `Statement`. */
	readonly statement: string;
	/** Ed25519 over the text in UTF-8, base64. */
	readonly signature: string;
	/** Fingerprint of the public key. */
	readonly keyId: string;
}

/** What there is to be said, before it has a time and a signature. */
export type Unsigned = Omit<Statement, "version" | "at" | "previous"> & {
	/** The statement before; undefined for the first. */
	readonly last: string | undefined;
};

/** Gives it a time and a signature. */
export type Sign = (unsigned: Unsigned) => Checkpoint;

export interface Checkpoints {
	/**
	 * Keeps what `sign` makes of what has been added since the newest one; undefined when nothing has been. One speaks of so many chains
	 * at most: ask until there is nothing left. Throws `LeaseLost`.
	 */
	add(sign: Sign, tenure: Tenure): Promise<Checkpoint | undefined>;
	newest(): Promise<Checkpoint | undefined>;
}

/** An event as it lies in the database, believed in nothing. */
export interface EvidenceRow {
	readonly position: number;
	readonly event_id: string;
	readonly room_id: string;
	readonly number: number;
	readonly type: string;
	readonly at: number;
	readonly sequence: number | null;
	readonly previous: string;
	readonly hash: string;
	readonly record: string;
}

export interface ChainRow {
	readonly room_id: string;
	readonly number: number;
	readonly hash: string;
	readonly position: number;
	readonly pruned_number: number;
	readonly pruned_hash: string;
}

export interface ArchiveHead {
	readonly position: number;
	readonly hash: string;
	readonly pruned: number;
	readonly pruned_hash: string;
}

/** The archive as of one moment; pages of what comes behind `after`. */
export interface EvidenceReader {
	head(): Promise<ArchiveHead>;
	/** How many rows there are, whatever is in them. */
	count(): Promise<number>;
	/** Undefined: from the first on, whatever its position. */
	events(after: number | undefined): Promise<readonly EvidenceRow[]>;
	/** Is the event said to be set aside for an adapter? */
	isSetAside(position: number, event: string): Promise<boolean>;
	/** By room. */
	chains(after: string | undefined): Promise<readonly ChainRow[]>;
	/** By number. */
	checkpoints(after: number): Promise<readonly Checkpoint[]>;
}
