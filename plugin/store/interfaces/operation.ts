/** What operators run a pool by: nodes with their load, the log of what administrators did, the add-ins that rooms may have. */
import type { AddIn } from "../../rooms/types.ts";

export interface NodeState {
	readonly node: string;
	/** When it last said that it lives; undefined for one that is only known as drained. */
	readonly aliveAt: Date | undefined;
	/** Dialogs and people on it, as it last said. */
	readonly dialogs: number;
	readonly people: number;
	/** Absent: it takes new clients. */
	readonly drained?: { readonly since: Date; readonly by: string };
}

export interface NodeStates {
	/** By name, 1,000 at most. */
	list(): Promise<readonly NodeState[]>;
	/** What the node has to do: one statement of its own. */
	report(
		node: string,
		load: { readonly dialogs: number; readonly people: number },
	): Promise<void>;
	isDrained(node: string): Promise<boolean>;
	/** Undefined: it takes new clients again. One statement of its own. */
	setDrained(
		node: string,
		drained: { readonly since: Date; readonly by: string } | undefined,
	): Promise<void>;
}

/** By which door: the operator's command, SIP, the web, or the operator's command without the service. */
export type AuditDoor = "operator" | "sip" | "web" | "offline";
/** `begun`: how it ended is not known, for the node was killed or lost its database meanwhile. */
export type AuditOutcome = "begun" | "done" | "refused" | "failed";

export interface NewAuditEntry {
	readonly at: Date;
	readonly actor: { readonly uri: string; readonly displayName: string };
	readonly door: AuditDoor;
	/** An IP address, a Call-ID, a user of the operating system; empty where nobody knows. */
	readonly cameFrom: string;
	/** Like `room-changed`. */
	readonly action: string;
	/** Of what: a URI, an id, a name. */
	readonly subject: string;
	/** JSON, short; no text of messages, no secrets. */
	readonly details: string;
	readonly outcome: AuditOutcome;
	/** Why it was refused; empty else. */
	readonly reason: string;
}

export interface AuditEntry extends NewAuditEntry {
	/** Goes up from entry to entry, with holes. */
	readonly position: number;
}

/** What is not named does not matter. */
export interface AuditQuery {
	readonly from?: Date | undefined;
	readonly before?: Date | undefined;
	/** Whose URI or name has this in it, letter case apart. */
	readonly actor?: string | undefined;
	readonly action?: string | undefined;
	readonly subject?: string | undefined;
	readonly door?: AuditDoor | undefined;
	readonly outcome?: AuditOutcome | undefined;
	/** Only older ones than this. */
	readonly belowPosition?: number | undefined;
	readonly limit: number;
}

export interface AuditLog {
	/** Newest first. */
	list(query: AuditQuery): Promise<readonly AuditEntry[]>;
	/** Its position. One statement of its own. */
	add(entry: NewAuditEntry): Promise<number>;
	/** How it ended. */
	end(
		position: number,
		outcome: AuditOutcome,
		reason: string,
		details: string,
	): Promise<void>;
	/** Deletes the oldest of those from before then, `limit` at most; how many. */
	prune(before: Date, limit: number): Promise<number>;
}

/** An add-in by its name. */
export interface AddInUse extends AddIn {
	/** In the registry; else only rooms have it. */
	readonly registered: boolean;
	/** How many rooms have an add-in of this name with this address. */
	readonly rooms: number;
}

export interface AddInReader {
	/** Compared without case. */
	find(name: string): Promise<AddIn | undefined>;
	/** Those registered, and those that rooms have, by name; 1,000 at most. */
	list(): Promise<readonly AddInUse[]>;
}

export interface AddInWriter extends AddInReader {
	/** Throws `name-taken`. */
	add(addIn: AddIn): Promise<void>;
	/** What it is called stays. */
	change(addIn: AddIn): Promise<void>;
	remove(name: string): Promise<void>;
}
