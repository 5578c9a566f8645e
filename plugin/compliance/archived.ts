/**
 * An event as the archive keeps it and adapters get it: plain JSON, complete in itself, with what proves that it is unaltered.
 * docs/compliance-adapters.md describes every field; what is added later is optional, what changes its meaning gets another `version`.
 */
import type { UserUri } from "../rooms/types.ts";
import type { ComplianceEvent, EventId, FileReference } from "./events.ts";

/** The version of everything below. */
export const schemaVersion = 1;

/** Somebody as he stood when it happened. */
export interface Person {
	/** `sip:user@domain`, lower case. */
	readonly uri: UserUri;
	readonly displayName: string;
	/** GUID in lower case; empty for somebody whom the directory no longer knew. */
	readonly guid: string;
	readonly email?: string;
	/** Of the operator's own domain; else federated. */
	readonly internal: boolean;
	/** The Call-ID of his SIP dialog. */
	readonly callId?: string;
	/** The operator himself, by his own door. */
	readonly administrator?: boolean;
}

export interface ArchivedRoom {
	/** GUID in lower case. */
	readonly id: string;
	/** `ma-chan://<domain>/<id>` */
	readonly uri: string;
	readonly name: string;
	readonly category: { readonly id: string; readonly name: string };
}

/** Where an event stands in the chain of its room; what is of no room is chained under the empty id. */
export interface Evidence {
	/** The room's id, or empty. */
	readonly chain: string;
	/** 1, 2, 3 … in the chain. */
	readonly number: number;
	/** The hash of the event before, 64 hexadecimal digits; zeros before the first. */
	readonly previous: string;
	/** `chain.ts` says of what. */
	readonly hash: string;
}

/** Dates as ISO 8601 text in UTC with milliseconds. */
type Plain<T> = T extends Date
	? string
	: T extends string | number | boolean | null | undefined
		? T
		: T extends object
			? { readonly [Key in keyof T]: Plain<T[Key]> }
			: T;

type Completed<Event> = Event extends ComplianceEvent
	? Plain<Omit<Event, "room" | "actor">> & {
			readonly version: typeof schemaVersion;
			readonly actor: Person;
		} & (Event extends { readonly room: unknown }
				? { readonly room: ArchivedRoom }
				: { readonly room?: undefined })
	: never;

/** What was owed and is no event any more: somebody has altered it while it waited. */
export interface Unreadable {
	readonly version: typeof schemaVersion;
	readonly id: EventId;
	readonly type: "unreadable";
	/** When it was owed. */
	readonly at: string;
	/** This service. */
	readonly actor: Person;
	readonly room?: undefined;
	readonly owed: {
		/** As it was said beside it; `room` is an id, or empty. */
		readonly type: string;
		readonly room: string;
		/** What was found, its first 1,000,000 characters. */
		readonly text: string;
	};
}

/** What is hashed and kept, word for word. */
export type EventRecord = Completed<ComplianceEvent> | Unreadable;

export type ArchivedEvent = EventRecord & {
	/** In the archive, over all rooms: 1, 2, 3 … */
	readonly position: number;
	readonly evidence: Evidence;
};

export type { EventId, FileReference };

/** As the outbox has it, read back. */
export type OwedEvent = Plain<ComplianceEvent>;

/** Who did it and where, completed with what the event does not hold itself. */
export function recordOf(event: OwedEvent, domain: string): EventRecord {
	const { actor } = event;
	return {
		version: schemaVersion,
		...event,
		actor: { ...actor, internal: actor.uri.endsWith(`@${domain}`) },
		...("message" in event && { message: withoutKey(event.message) }),
		...("room" in event && {
			room: { ...event.room, uri: `ma-chan://${domain}/${event.room.id}` },
		}),
	} as EventRecord;
}

const unreadableCharacters = 1_000_000;

export function unreadable(
	owed: {
		readonly id: string;
		readonly type: string;
		readonly room: string;
		readonly at: Date;
		readonly payload: string;
	},
	domain: string,
): Unreadable {
	const { id, type, room, at, payload } = owed;
	return {
		version: schemaVersion,
		id: id as EventId,
		type: "unreadable",
		// That too may be altered.
		at: (Number.isNaN(at.getTime()) ? new Date() : at).toISOString(),
		actor: {
			uri: `sip:persistent-chat@${domain}` as UserUri,
			displayName: "Persistent Chat",
			guid: "",
			internal: true,
		},
		owed: {
			type: String(type),
			room: String(room),
			text: String(payload).slice(0, unreadableCharacters),
		},
	};
}

/** The key of the attempt to post is ours alone. */
function withoutKey<T extends { readonly key?: string | undefined }>({
	key: _,
	...message
}: T): Omit<T, "key"> {
	return message;
}
