/**
 * Phones that answer by themselves must not answer one another, or us, without end. What such a one does and people do not: it
 * answers at once, again and again, or says the same each time that something comes. Both are bounded, and a post that is
 * refused is sent to nobody, so nobody answers it: the loop has ended.
 */
import { createHash } from "node:crypto";
import type { RoomId, UserUri } from "../../rooms/types.ts";
import { createRateLimit } from "../rate-limit.ts";

export interface Text {
	readonly user: UserUri;
	readonly room: RoomId;
	readonly text: string;
	/** May be said again and again: a command. */
	readonly repeatable: boolean;
}

export interface LoopGuard {
	/** Somebody has said something in this room, by whichever way and on whichever node. */
	said(room: RoomId, author: UserUri): void;
	/** Something is sent to him. */
	told(user: UserUri): void;
	/** May this be taken? Counts it. */
	admits(text: Text): Promise<boolean>;
}

export interface LoopGuardNeeds {
	/** Is what is said in this room sent to him as MESSAGE, by whichever node? */
	takesPart(user: UserUri, room: RoomId): Promise<boolean>;
	/** Milliseconds, going up. */
	readonly now: () => number;
}

/** An answer that comes sooner is a quick one: hardly anybody reads and writes so fast for long. */
const quickMs = 3_000;
const quickAtOnce = 10;
/** Slower than two that are quick take turns, so that every such loop uses up what it has. */
const quickEveryMs = 8_000;
const repeatsAtOnce = 5;
const repeatsEveryMs = 5 * 60_000;
export const retryAfterSeconds = quickEveryMs / 1000;
const maxRemembered = 50_000;

interface Said {
	readonly author: UserUri;
	readonly at: number;
	/** When somebody else was the last to say something before. */
	readonly othersAt: number;
}

export function createLoopGuard({ takesPart, now }: LoopGuardNeeds): LoopGuard {
	const quick = createRateLimit(1000 / quickEveryMs, quickAtOnce, now);
	const repeats = createRateLimit(1000 / repeatsEveryMs, repeatsAtOnce, now);
	const rooms = new Map<RoomId, Said>();
	const toldAt = new Map<UserUri, number>();
	/** By user and room: what he said last. */
	const last = new Map<string, { readonly sum: string; readonly at: number }>();

	/** When something came last that this may be an answer to. */
	async function heardAt({ user, room }: Text): Promise<number> {
		const told = toldAt.get(user) ?? Number.NEGATIVE_INFINITY;
		const newest = rooms.get(room);
		if (newest === undefined) return told;
		const said = newest.author === user ? newest.othersAt : newest.at;
		// Another node may be the one that sends to him.
		return said > told && (await takesPart(user, room)) ? said : told;
	}

	return {
		said(room, author) {
			const before = rooms.get(room);
			const othersAt =
				before === undefined
					? Number.NEGATIVE_INFINITY
					: before.author === author
						? before.othersAt
						: before.at;
			remember(rooms, room, { author, at: now(), othersAt });
		},
		told: (user) => remember(toldAt, user, now()),
		async admits(text) {
			const at = now();
			const heard = await heardAt(text);
			const who = `${text.user} ${text.room}`;
			const sum = createHash("sha256").update(text.text).digest("base64");
			const before = last.get(who);
			remember(last, who, { sum, at });
			const isRepeat =
				!text.repeatable && before?.sum === sum && heard >= before.at;
			if (isRepeat && !repeats.take(who)) return false;
			return at - heard > quickMs || quick.take(text.user);
		},
	};
}

/** The one not seen for longest is forgotten first. */
function remember<Key, Value>(
	map: Map<Key, Value>,
	key: Key,
	value: Value,
): void {
	map.delete(key);
	map.set(key, value);
	const [oldest] = map.keys();
	if (map.size > maxRemembered && oldest !== undefined) map.delete(oldest);
}
