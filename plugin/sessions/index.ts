/** The people connected to this node: who is in which room here, and how an event reaches them, encoded once. */
import { randomBytes } from "node:crypto";
import type { Logger } from "pino";
import type { Message, RoomEvent, RoomId } from "../rooms/types.ts";
import { encodeJoined, encodeMessage, encodeParted } from "../xccos/notices.ts";
import { RoomFeed } from "./feed.ts";
import type { Session } from "./session.ts";

export { createSession, type Outlet, type Session } from "./session.ts";

export interface Sessions {
	readonly size: number;
	/** Every session of this node. */
	all(): Iterable<Session>;
	add(session: Session): void;
	/** It hears nothing any more. Its rooms are still to be parted. */
	remove(session: Session): void;
	/** The feed of a room, made if need be; it is held until released. */
	enter(session: Session, room: RoomId): RoomFeed;
	leave(session: Session, room: RoomId): void;
	/** Told to every session here that is in the room, each at its own pace. */
	deliver(event: RoomEvent): void;
	/** A number for the next envelope of this node. */
	nextEnvid(): string;
}

export function createSessions(needs: {
	readonly domain: string;
	readonly log: Logger;
	/** `afterSequence < sequence <= throughSequence`, oldest first. */
	between(
		room: RoomId,
		afterSequence: number,
		throughSequence: number,
	): Promise<readonly Message[]>;
}): Sessions {
	const { domain, log } = needs;
	const sessions = new Set<Session>();
	const inRoom = new Map<RoomId, Set<Session>>();
	const nextEnvid = createEnvids();

	function leave(session: Session, room: RoomId): void {
		session.feeds.delete(room);
		const here = inRoom.get(room);
		here?.delete(session);
		if (here?.size === 0) inRoom.delete(room);
	}

	function createFeed(session: Session, room: RoomId): RoomFeed {
		return new RoomFeed({
			send: (body) => session.outlet.send(body),
			encode: (message) => encodeMessage(nextEnvid(), domain, message),
			between: (after, through) => needs.between(room, after, through),
			onFault: (error) =>
				log.error({ err: error, room }, "missed messages not read"),
		});
	}

	/** The sessions of others that share any of the rooms, each with those that it shares. */
	function* sharing(
		rooms: readonly RoomId[],
		user: string,
	): Iterable<{ session: Session; shared: readonly RoomId[] }> {
		const found = new Map<Session, RoomId[]>();
		for (const room of rooms) {
			for (const session of inRoom.get(room) ?? []) {
				if (session.actor.uri === user) continue;
				const shared = found.get(session);
				if (shared === undefined) found.set(session, [room]);
				else shared.push(room);
			}
		}
		for (const [session, shared] of found) {
			// What waits in a held feed is told room by room.
			const live = shared.filter((room) => !session.feeds.get(room)?.held);
			if (live.length > 0) yield { session, shared: live };
			for (const room of shared) {
				if (session.feeds.get(room)?.held) yield { session, shared: [room] };
			}
		}
	}

	function tellRoster(
		event: Exclude<RoomEvent, { type: "posted" }>,
		rooms: readonly RoomId[],
		encode: (shared: readonly RoomId[]) => string,
	): void {
		const encoded = new Map<string, string>();
		for (const { session, shared } of sharing(rooms, event.user.uri)) {
			const key = shared.join();
			const body = encoded.get(key) ?? encode(shared);
			encoded.set(key, body);
			const [first] = shared;
			if (first === undefined) continue;
			session.feeds
				.get(first)
				?.roster(event.user.uri, event.type === "joined", body);
		}
	}

	function deliver(event: RoomEvent): void {
		switch (event.type) {
			case "posted": {
				const here = inRoom.get(event.message.room);
				if (here === undefined) return;
				const body = encodeMessage(nextEnvid(), domain, event.message);
				for (const session of here) {
					session.feeds.get(event.message.room)?.posted(event.message, body);
				}
				return;
			}
			case "joined":
				tellRoster(
					event,
					event.rooms.map(({ room }) => room),
					(shared) =>
						encodeJoined(
							nextEnvid(),
							domain,
							event,
							event.rooms.filter(({ room }) => shared.includes(room)),
						),
				);
				return;
			case "parted":
				tellRoster(event, event.rooms, (shared) =>
					encodeParted(nextEnvid(), domain, event.user, shared),
				);
				return;
		}
	}

	return {
		get size() {
			return sessions.size;
		},
		all: () => sessions,
		add: (session) => sessions.add(session),
		remove(session) {
			sessions.delete(session);
			for (const room of [...session.feeds.keys()]) leave(session, room);
		},
		enter(session, room) {
			const entered = session.feeds.get(room);
			if (entered !== undefined) {
				entered.hold();
				return entered;
			}
			const feed = createFeed(session, room);
			session.feeds.set(room, feed);
			const here = inRoom.get(room) ?? new Set();
			inRoom.set(room, here.add(session));
			return feed;
		},
		leave,
		deliver,
		nextEnvid,
	};
}

/** Counts up from a random start: two nodes, or two runs of one, hardly ever give the same number. */
function createEnvids(): () => string {
	let last = randomBytes(8).readBigUInt64BE() >> 2n;
	return () => {
		last += 1n;
		return last.toString();
	};
}
