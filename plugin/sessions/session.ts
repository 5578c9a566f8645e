/** One signed-in client: who it is, the rooms it is in, and the way out to it. */
import type { Actor, RoomId, SessionId } from "../rooms/types.ts";
import type { Notice } from "../xccos/notices.ts";
import type { RoomFeed } from "./feed.ts";
import type { About, Reply, Revision } from "./queue-items.ts";

/** The way out to a client; in SIP a dialog. */
export interface Outlet {
	readonly callId: string;
	/** A body up to this size shares the control connection with others. */
	readonly frameBytes: number;
	/** Queued and sent in order, one at a time. A client that does not take them in time loses its session. */
	send(body: string, about?: About): void;
	/** As `send`: all parts of a reply. */
	reply(reply: Reply): void;
	/** As `send`, but packed with other notices that wait. */
	notify(notice: Notice): void;
	/** What still waits is to be told otherwise, or not any more. */
	revise(revision: Revision): void;
}

/** A client that comes back as the one it was. */
export interface Device {
	/** At most 64 characters. */
	readonly key: string;
	/** Resolves when its earlier sessions have parted. */
	free(): Promise<void>;
}

export interface Session {
	readonly id: SessionId;
	readonly actor: Actor;
	readonly outlet: Outlet;
	/** Only of clients that believe, after their dialog was lost, that they are still in their rooms. */
	readonly device: Device | undefined;
	/** It signed in by a ticket of the web door. */
	readonly fromPage: boolean;
	/** The status of its INFOs reaches nobody, only replies do. */
	readonly repliesOnly: boolean;
	/** Rooms that it hears: has joined, or is joining. */
	readonly feeds: Map<RoomId, RoomFeed>;
	/** Rooms to be parted when it ends: those that it may have joined as far as the store knows. */
	readonly toPart: Set<RoomId>;
}

export function createSession(
	id: SessionId,
	actor: Actor,
	outlet: Outlet,
	{
		device,
		fromPage = false,
		repliesOnly = false,
	}: {
		readonly device?: Device | undefined;
		readonly fromPage?: boolean;
		readonly repliesOnly?: boolean;
	} = {},
): Session {
	return {
		id,
		actor: { ...actor, callId: outlet.callId },
		outlet,
		device,
		fromPage,
		repliesOnly,
		feeds: new Map(),
		toPart: new Set(),
	};
}
