/** Feeds: what is said anywhere with some words, kept with the service so that they follow one to another browser. */
import { type ChatMessage, ChatRefused } from "../../../client/browser.ts";
import { createFeedCounts } from "./feed-counts.ts";
import { everywhere } from "./rooms.ts";
import type { State } from "./state.ts";

export interface Feed {
	readonly id: string;
	readonly name: string;
	/** One of them is enough; compared as in a search. */
	readonly words: string;
	/** URIs; none: all rooms of the list and those that one is a member of. */
	readonly rooms: readonly string[];
	/** URIs; none: whoever says it. */
	readonly authors: readonly string[];
	/** ISO 8601: what came later is unread. */
	readonly seenAt: string;
}

export interface Feeds {
	readonly all: readonly Feed[];
	/** Messages of others that came since one looked; at most `mostFound` of each room are counted. */
	unread(feed: Feed): number;
	/** The newest last. Rejects as a search does. */
	find(feed: Feed): Promise<readonly ChatMessage[]>;
	/** Also takes a new one. Rejects as `ChatClient` does. */
	keep(feed: Feed): Promise<void>;
	remove(feed: Feed): Promise<void>;
}

/** The preference that holds them, as JSON. */
const label = "persistent-chat.feeds";
const mostFeeds = 20;
const mostFound = 50;
/** What one search takes. */
const mostRooms = 200;
export const mostAuthors = 20;
/** What comes meanwhile is looked for together. */
const pauseMs = 500;

/** Never rejects: without what is kept there are none, until the connection comes back. */
export async function openFeeds(state: State): Promise<Feeds> {
	const { chat } = state;
	let all: readonly Feed[] = [];
	let sequence = 0;
	const counts = createFeedCounts<Feed>({
		feeds: () => all,
		search: countUnread,
		onChange: () => state.changed("feeds"),
		pauseMs,
	});

	async function read(): Promise<void> {
		const kept = await chat.preference(label, 0);
		sequence = kept.sequence;
		all = feedsIn(kept.content ?? "");
		for (const feed of all) counts.suspect(feed);
		await counts.count();
	}

	/** Another browser may have been faster: then what it has kept is changed. */
	async function change(
		by: (feeds: readonly Feed[]) => readonly Feed[],
		attempts = 3,
	): Promise<void> {
		const next = by(all).slice(0, mostFeeds);
		try {
			const content = JSON.stringify(next);
			await chat.setPreference(label, sequence + 1, content);
			sequence += 1;
			all = next;
			state.changed("feeds");
		} catch (error) {
			const isLate = error instanceof ChatRefused && error.code === 409;
			if (!isLate || attempts === 1) throw error;
			await read();
			await change(by, attempts - 1);
		}
	}

	async function find(feed: Feed, from?: Date) {
		const rooms = feed.rooms.length > 0 ? feed.rooms : await everywhere(state);
		const { messages } = await chat.search({
			words: feed.words,
			match: "any",
			count: mostFound,
			rooms: rooms.slice(0, mostRooms),
			...(feed.authors.length > 0 && {
				authors: feed.authors.slice(0, mostAuthors),
			}),
			...(from !== undefined && { from }),
		});
		return [...messages].sort((a, b) => a.at.getTime() - b.at.getTime());
	}

	async function countUnread(feed: Feed): Promise<number> {
		const seenAt = new Date(feed.seenAt);
		const found = await find(feed, seenAt);
		const me = state.me.uri.toLowerCase();
		return found.filter(
			({ at, author }) => at > seenAt && author.uri.toLowerCase() !== me,
		).length;
	}

	/** What may be in a feed: the search says whether it is. */
	function suspect(room: string, text?: string): void {
		for (const feed of all) {
			const isThere = feed.rooms.length === 0 || feed.rooms.includes(room);
			if (isThere && mayHold(feed, text)) counts.suspect(feed);
		}
	}

	const again = () => void read().catch(() => undefined);
	chat.on("message", ({ room, text }) => suspect(room, text));
	chat.on("newContent", ({ uri }) => suspect(uri));
	chat.on("reconnected", again);
	document.addEventListener("visibilitychange", () => {
		if (!document.hidden) again();
	});
	await read().catch(() => undefined);

	return {
		get all() {
			return all;
		},
		unread: ({ id }) => counts.of(id),
		find: (feed) => find(feed),
		async keep(feed) {
			await change((feeds) => [
				...feeds.filter(({ id }) => id !== feed.id),
				feed,
			]);
			counts.suspect(feed);
			await counts.count();
		},
		remove: (feed) =>
			change((feeds) => feeds.filter(({ id }) => id !== feed.id)),
	};
}

/** Every message that the search would find, and perhaps more. */
function mayHold({ words }: Feed, text?: string): boolean {
	if (text === undefined) return true;
	const plain = (said: string) => said.normalize("NFKC").toLowerCase();
	const parts = plain(words).match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
	return parts.some((part) => plain(text).includes(part));
}

/** Whatever another program has put there is passed over. */
export function feedsIn(content: string): readonly Feed[] {
	try {
		const kept: unknown = JSON.parse(content);
		return Array.isArray(kept) ? kept.filter(isFeed).slice(0, mostFeeds) : [];
	} catch {
		return [];
	}
}

function isFeed(value: unknown): value is Feed {
	if (typeof value !== "object" || value === null) return false;
	const { id, name, words, rooms, authors, seenAt } = value as Partial<
		Record<keyof Feed, unknown>
	>;
	const areTexts = [id, name, words, seenAt].every(
		(text) => typeof text === "string",
	);
	const areLists = [rooms, authors].every(
		(list) =>
			Array.isArray(list) && list.every((each) => typeof each === "string"),
	);
	return areTexts && areLists && !Number.isNaN(Date.parse(String(seenAt)));
}
