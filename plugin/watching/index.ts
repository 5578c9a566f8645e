/**
 * Telling people what concerns them at a door that opens no dialog (the web's event stream): of rooms that they are in what was
 * said there, of rooms that they follow how much is unread, and what becomes of their own rights. Nothing of a room is told to
 * anybody without asking, then, whether he may hear it.
 */
import type { Logger } from "pino";
import type { RoomEvent } from "../rooms/events.ts";
import type { NodeRooms, Rooms } from "../rooms/index.ts";
import type { Actor, RoomId, UserUri } from "../rooms/types.ts";
import { createInvitationTelling } from "../sessions/index.ts";
import { type Told, tellWatcher, type Watcher } from "./news.ts";
import { createSights } from "./sights.ts";
import { createTurns } from "./turns.ts";
import { createUnreadTelling } from "./unread.ts";
import { createWatchers } from "./watchers.ts";

export type { News } from "./news.ts";

export interface Watching {
	/**
	 * From when it resolves everything is told; the answer ends it. What happened before is asked for after that. Throws `unavailable`.
	 */
	watch(actor: Actor, told: Told): Promise<() => void>;
	deliver(event: RoomEvent): void;
	/** Resolves when nothing is asked or told any more. */
	close(): Promise<void>;
}

export interface WatchingNeeds
	extends Pick<
			NodeRooms,
			| "roomsInside"
			| "roomsFollowed"
			| "hearers"
			| "unreadNow"
			| "listedAmong"
			| "holding"
		>,
		Pick<Rooms, "invitationTo"> {
	readonly log: Logger;
	/** What is said in the room on other nodes is told here too, until the answer is called. */
	hear(room: RoomId): () => void;
	/** Of one room, what is unread is told no more often. */
	readonly newContentEveryMs: number;
}

export function createWatching(needs: WatchingNeeds): Watching {
	const watchers = createWatchers(needs);
	const { near } = watchers;
	const unread = createUnreadTelling({
		...needs,
		near,
		everyMs: needs.newContentEveryMs,
	});
	const turns = createTurns({ ...needs, near, unread: unread.due });
	const sights = createSights({ ...needs, watchers });
	const invitations = createInvitationTelling<Watcher>({
		...needs,
		sessions: watchers.all,
		tell: (watcher, invitation) =>
			tellWatcher(watcher, { type: "invitation", invitation }),
	});

	function moved(
		user: UserUri,
		rooms: readonly RoomId[],
		arrived: boolean,
	): void {
		const watcher = watchers.of(user);
		if (watcher === undefined) return;
		if (arrived) watchers.entered(watcher, rooms);
		else {
			for (const room of rooms) turns.out(room, [user]);
			watchers.left(watcher, rooms);
		}
		tellWatcher(watcher, { type: arrived ? "entered" : "left", rooms });
	}

	function kicked({
		room,
		users,
		why,
	}: Extract<RoomEvent, { type: "kicked" }>): void {
		for (const { uri } of users) {
			const watcher = watchers.of(uri);
			if (watcher === undefined) continue;
			turns.out(room, [uri]);
			watchers.left(watcher, [room]);
			tellWatcher(watcher, { type: "removed", room, why });
		}
	}

	function deliver(event: RoomEvent) {
		switch (event.type) {
			case "posted":
				return turns.put(event.message.room, event);
			case "changed":
				return turns.put(event.summary.room.id, event);
			case "deleted":
			case "replaced":
			case "standing":
				return turns.put(event.room, event);
			case "joined": {
				const rooms = event.rooms.map(({ room }) => room);
				return moved(event.user.uri, rooms, true);
			}
			case "parted":
				return moved(event.user.uri, event.rooms, false);
			case "moved":
				return moved(event.user, event.rooms, event.arrived);
			case "kicked":
				return kicked(event);
			case "narrowed":
				return sights.narrowed(event.room);
			case "presence":
				return sights.follows(event.user);
			case "invited":
				return invitations.deliver(event);
			case "policy":
			case "roster":
			case "rosterHidden":
				return;
			default:
				event satisfies never;
		}
	}

	return {
		async watch(actor, told) {
			await watchers.add(actor, told);
			const end = () => watchers.remove(actor.uri, told);
			const watcher = watchers.of(actor.uri);
			try {
				if (watcher !== undefined) await sights.look(watcher);
			} catch (error) {
				end();
				throw error;
			}
			return end;
		},
		deliver,
		async close() {
			for (const watcher of watchers.all()) {
				tellWatcher(watcher, { type: "lost" });
			}
			await Promise.all([
				turns.close(),
				unread.close(),
				sights.close(),
				invitations.close(),
			]);
		},
	};
}
