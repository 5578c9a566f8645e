/** The people connected to this node: who is in which room here, and how an event reaches them, encoded once. */
import { randomBytes } from "node:crypto";
import type { Logger } from "pino";
import type { KickReason, RoomEvent } from "../rooms/events.ts";
import type { Message, Participant, RoomId } from "../rooms/types.ts";
import { encodeKicked, encodeMessage } from "../xccos/notices.ts";
import { RoomFeed } from "./feed.ts";
import { createKnownRoster } from "./known-roster.ts";
import { createFollowers, type NewContentNeeds } from "./new-content.ts";
import { forgetting } from "./queue-items.ts";
import { createRevising } from "./revising.ts";
import type { Session } from "./session.ts";
import { type Audience, createTelling, type Hearers } from "./telling.ts";

export { createInvitationTelling, tellInvited } from "./invitation-telling.ts";
export { createOutgoing, type Outgoing, type Parcel } from "./outgoing.ts";
export type { Content, Reply, ReplyPart, Withheld } from "./queue-items.ts";
export { createSession, type Outlet, type Session } from "./session.ts";

export interface Sessions {
	add(session: Session): void;
	has(session: Session): boolean;
	/** Those that are here now. */
	all(): Iterable<Session>;
	/** It hears nothing any more. Its rooms are still to be parted. */
	remove(session: Session): void;
	/** The feed of a room, made if need be, held once more: to be released. Of a session that is here. */
	enter(session: Session, room: RoomId): RoomFeed;
	leave(session: Session, room: RoomId): void;
	/** As `leave`, and the session is told why; nothing for one that does not hear the room. */
	kick(session: Session, room: RoomId, why: KickReason): void;
	/** Told to every session here that is in the room, each at its own pace. */
	deliver(event: RoomEvent): void;
	/** From now on it is told of news in followed rooms that its user is not in. */
	tellNews(session: Session): Promise<void>;
	/** Who hears rooms here, and has been told so: as he stands in his session. */
	inside(): ReadonlyMap<RoomId, readonly Participant["user"][]>;
	/** How many messages clients here have taken, each once for each client. */
	taken(): number;
	/** A number for the next envelope of this node. */
	nextEnvid(): string;
	/** Resolves when nobody is told of news any more. */
	close(): Promise<void>;
}

interface SessionsNeeds extends NewContentNeeds {
	readonly domain: string;
	readonly log: Logger;
	/** `afterSequence < sequence <= throughSequence`, oldest first. */
	between(
		room: RoomId,
		afterSequence: number,
		throughSequence: number,
	): Promise<readonly Message[]>;
}

export function createSessions(needs: SessionsNeeds): Sessions {
	const { domain, log } = needs;
	const sessions = new Set<Session>();
	let takenByClients = 0;
	const audience: Audience = new Map();
	const nextEnvid = createEnvids();
	const followers = createFollowers(needs);
	const tell = createTelling({ domain, nextEnvid, audience, leave });
	const revise = createRevising({ domain, nextEnvid, sessions });

	function leave(session: Session, room: RoomId): void {
		session.feeds.get(room)?.close();
		session.feeds.delete(room);
		session.outlet.revise(forgetting(room));
		const here = audience.get(room);
		here?.feeds.delete(session);
		if (here?.feeds.size !== 0) return;
		audience.delete(room);
		here.silence();
	}

	function createFeed(
		session: Session,
		room: RoomId,
		{ roster }: Hearers,
	): RoomFeed {
		return new RoomFeed({
			send: (message, body, taken) =>
				session.outlet.send(body, {
					message,
					taken() {
						takenByClients += 1;
						taken();
					},
				}),
			notify: (notice) => session.outlet.notify(notice),
			listed: roster.listed,
			encode: (message) => encodeMessage(nextEnvid(), domain, message),
			between: (after, through) => needs.between(room, after, through),
			onFault(error) {
				const { callId } = session.outlet;
				log.error({ err: error, room, callId }, "missed messages not read");
			},
		});
	}

	return {
		nextEnvid,
		add: (session) => sessions.add(session),
		has: (session) => sessions.has(session),
		all: () => sessions,
		taken: () => takenByClients,
		remove(session) {
			sessions.delete(session);
			followers.remove(session);
			for (const room of [...session.feeds.keys()]) leave(session, room);
		},
		enter(session, room) {
			const entered = session.feeds.get(room);
			if (entered !== undefined) {
				entered.hold();
				return entered;
			}
			const here = audience.get(room) ?? {
				feeds: new Map(),
				roster: createKnownRoster(),
				silence: needs.hear(room),
			};
			audience.set(room, here);
			const feed = createFeed(session, room, here);
			session.feeds.set(room, feed);
			here.feeds.set(session, feed);
			return feed;
		},
		leave,
		kick(session, room, why) {
			if (!session.feeds.has(room)) return;
			leave(session, room);
			session.outlet.send(encodeKicked(nextEnvid(), domain, { room, why }));
		},
		deliver(event) {
			tell(event);
			revise(event);
			if (event.type === "posted") followers.posted(event.message.room);
			if (event.type === "presence") followers.changed(event.user);
		},
		async tellNews(session) {
			if (sessions.has(session)) await followers.add(session);
		},
		inside: () =>
			new Map(
				[...audience].map(([room, { feeds }]) => [
					room,
					[...feeds]
						.filter(([, feed]) => !feed.held)
						.map(([{ actor }]) => actor),
				]),
			),
		close: () => followers.close(),
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
