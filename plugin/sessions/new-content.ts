/**
 * Sessions here that want to hear of the rooms their users follow without being in them: told that there is something new,
 * of each room once in a while at most. A post to a room that none of them follows costs one look into a map.
 */
import type { Logger } from "pino";
import { createNowAndThen } from "../now-and-then.ts";
import type { NewContent } from "../rooms/new-content.ts";
import type { Participant, RoomId, UserUri } from "../rooms/types.ts";
import { newContentNotice } from "../xccos/notices.ts";
import type { Session } from "./session.ts";

export interface NewContentNeeds {
	readonly domain: string;
	readonly log: Logger;
	/** A follower is told of a room no more often. */
	readonly newContentEveryMs: number;
	roomsFollowed(user: UserUri): Promise<readonly RoomId[]>;
	/** What is said in the room on other nodes is told here too, until the answer is called. */
	hear(room: RoomId): () => void;
	newContent(
		room: RoomId,
		users: readonly Participant["user"][],
	): Promise<NewContent>;
}

export interface Followers {
	/** From now on it is told. Resolves when its user's rooms are known. */
	add(session: Session): Promise<void>;
	remove(session: Session): void;
	posted(room: RoomId): void;
	/** The user follows other rooms now. */
	changed(user: UserUri): void;
	/** Resolves when nothing is read or told any more. */
	close(): Promise<void>;
}

interface Follower {
	readonly user: Participant["user"];
	readonly sessions: Set<Session>;
	rooms: readonly RoomId[];
	/** The last time that his rooms were asked for: an earlier answer that comes later counts no more. */
	loaded: Promise<void>;
}

/** Followers asked about at once. */
const atOnce = 200;

export function createFollowers(needs: NewContentNeeds): Followers {
	const byUser = new Map<UserUri, Follower>();
	const byRoom = new Map<RoomId, Set<Follower>>();
	const silences = new Map<RoomId, () => void>();
	/** Followed rooms that are being read. */
	const underWay = new Set<Promise<void>>();
	const news = createNowAndThen({
		everyMs: needs.newContentEveryMs,
		tell,
		failed: (room, error) =>
			needs.log.error({ err: error, room }, "followers not told"),
	});

	function leave(room: RoomId): void {
		byRoom.delete(room);
		silences.get(room)?.();
		silences.delete(room);
	}

	function place(follower: Follower, rooms: readonly RoomId[]): void {
		for (const room of follower.rooms) {
			const others = byRoom.get(room);
			others?.delete(follower);
			if (others?.size === 0) leave(room);
		}
		follower.rooms = rooms;
		for (const room of rooms) {
			if (!silences.has(room)) silences.set(room, needs.hear(room));
			byRoom.set(room, (byRoom.get(room) ?? new Set()).add(follower));
		}
	}

	function load(follower: Follower): Promise<void> {
		const { uri } = follower.user;
		const loaded = needs.roomsFollowed(uri).then(
			(rooms) => {
				const isLast = follower.loaded === loaded;
				if (isLast && byUser.get(uri) === follower) place(follower, rooms);
			},
			(error) => {
				const [session] = follower.sessions;
				needs.log.error(
					{ err: error, user: uri, callId: session?.outlet.callId },
					"followed rooms not read",
				);
			},
		);
		follower.loaded = loaded;
		underWay.add(loaded);
		return loaded.finally(() => underWay.delete(loaded));
	}

	async function tell(room: RoomId): Promise<void> {
		const away = [...(byRoom.get(room) ?? [])].filter(
			({ sessions }) =>
				![...sessions].some((session) => session.feeds.has(room)),
		);
		for (let start = 0; start < away.length; start += atOnce) {
			const some = away.slice(start, start + atOnce);
			const users = some.map(({ user }) => user);
			const { summary, unread } = await needs.newContent(room, users);
			if (news.closed()) return;
			if (summary === undefined) continue;
			for (const { user, sessions } of some) {
				const found = unread.get(user.uri);
				if (found === undefined) continue;
				const notice = newContentNotice(needs.domain, summary, found);
				for (const session of sessions) session.outlet.notify(notice);
			}
		}
	}

	return {
		add(session) {
			const { uri, displayName, guid } = session.actor;
			const known = byUser.get(uri);
			if (known !== undefined) {
				known.sessions.add(session);
				return known.loaded;
			}
			const follower: Follower = {
				user: { uri, displayName, guid },
				sessions: new Set([session]),
				rooms: [],
				loaded: Promise.resolve(),
			};
			byUser.set(uri, follower);
			return load(follower);
		},
		remove(session) {
			const follower = byUser.get(session.actor.uri);
			if (follower === undefined) return;
			follower.sessions.delete(session);
			if (follower.sessions.size > 0) return;
			byUser.delete(session.actor.uri);
			place(follower, []);
		},
		posted(room) {
			if (byRoom.has(room)) news.due(room);
		},
		changed(user) {
			const follower = byUser.get(user);
			if (follower !== undefined) void load(follower);
		},
		async close() {
			await Promise.all([news.close(), ...underWay]);
		},
	};
}
