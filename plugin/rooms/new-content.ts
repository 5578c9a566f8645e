/** What is new in a room for people who follow it from elsewhere: found for all of them at once. */
import type {
	Participant,
	RoomId,
	RoomSummary,
	Unread,
	UserUri,
} from "./types.ts";
import { count, hasContentFor, maxCounted } from "./unread.ts";
import type { RoomsWork } from "./work.ts";

export interface NewContents {
	/** By id, whether he may find them or not. */
	roomsFollowed(user: UserUri): Promise<readonly RoomId[]>;
	/** What there is in the room for those of the users who follow it, may read it and are not in it. */
	newContent(
		room: RoomId,
		users: readonly Participant["user"][],
	): Promise<NewContent>;
}

export interface NewContent {
	/** Absent when there is nothing for anybody. */
	readonly summary?: RoomSummary;
	readonly unread: ReadonlyMap<UserUri, Unread>;
}

export function createNewContents(work: RoomsWork): NewContents {
	return {
		roomsFollowed: (user) => work.store.following.roomsOf(user),
		newContent: (room, users) => newContent(work, room, users),
	};
}

async function newContent(
	{ store, directory }: RoomsWork,
	id: RoomId,
	users: readonly Participant["user"][],
): Promise<NewContent> {
	const summary = await store.rooms.summary(id);
	const uris = users.map(({ uri }) => uri);
	const reached = await store.following.among(id, uris);
	const present = await store.participants.among(id, uris);
	const away = users.filter(({ uri }) => reached.has(uri) && !present.has(uri));
	if (summary === undefined || away.length === 0) return { unread: new Map() };
	const { room } = summary;
	const holders = await directory.holders(away.map(({ uri }) => uri));
	const standings = await store.rooms.standings(
		room,
		away.map(
			({ uri }) => holders.get(uri) ?? { principals: [], administrator: false },
		),
	);
	const readers = away.filter((_, index) => {
		const standing = standings[index];
		return standing !== undefined && hasContentFor(room, standing);
	});
	const oldest = Math.min(...readers.map(({ uri }) => reached.get(uri) ?? 0));
	if (readers.length === 0) return { unread: new Map() };
	const recent = await store.messages.after(id, oldest, maxCounted);
	const unread = readers.map(
		(user) =>
			[user.uri, count(recent, reached.get(user.uri) ?? 0, user)] as const,
	);
	return {
		summary,
		unread: new Map(unread.filter(([, { count }]) => count > 0)),
	};
}
