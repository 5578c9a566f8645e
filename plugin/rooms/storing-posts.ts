/** Stores posts to one room or several, owed to compliance in the same transaction, and tells the rooms. */
import { randomUUID } from "node:crypto";
import { ChatError, noSuchRoom } from "../errors.ts";
import type { Transaction } from "../store/index.ts";
import { SpanKind, traced } from "../tracing.ts";
import { mayPost } from "./access.ts";
import { demandArchived } from "./archived.ts";
import { type Look, lookAtRooms } from "./look-at-rooms.ts";
import { byRoom, type Waiting } from "./post-queues.ts";
import { maxLooks, rightsInChange } from "./rights.ts";
import { placeOf, tell } from "./telling.ts";
import type { Message, Room } from "./types.ts";
import type { RoomsWork } from "./work.ts";

interface Kept {
	readonly post: Waiting;
	readonly message: Message;
}

interface Outcome {
	readonly kept: readonly Kept[];
	readonly refused: readonly (readonly [Waiting, unknown])[];
	/** To be decided anew: whoever has just lost his right must not be heard after that. */
	readonly again: readonly Waiting[];
	/** Another transaction has their rooms. */
	readonly locked: readonly Waiting[];
}

/** As `StorePosts`: each hears what has become of his post, when the room has been told of it. `waiting`: of one room. */
export async function storePosts(
	work: RoomsWork,
	posts: readonly Waiting[],
	how: Look,
	stored: () => void = () => {},
): Promise<readonly Waiting[]> {
	const locked: Waiting[] = [];
	let left = posts;
	try {
		for (let looks = 0; left.length > 0; looks += 1) {
			if (looks === maxLooks) throw rightsInChange();
			const outcome = await commit(work, left, how);
			left = outcome.again;
			if (left.length === 0) stored();
			locked.push(...outcome.locked);
			for (const [post, error] of outcome.refused) post.refused(error);
			await tellAll(work, outcome.kept);
		}
	} catch (error) {
		const isAway = error instanceof ChatError && error.reason === "unavailable";
		if (isAway || left.length === 1) {
			for (const { refused } of left) refused(error);
			return locked;
		}
		// It may be the fault of one of them: the others are not to suffer for it.
		for (const post of left) await storePosts(work, [post], "waiting");
	}
	return locked;
}

/** Each room in its order, none waiting for another. */
async function tellAll(work: RoomsWork, kept: readonly Kept[]): Promise<void> {
	const messages = new Map(kept.map(({ post, message }) => [post, message]));
	const rooms = byRoom(kept.map(({ post }) => post));
	await Promise.all(
		[...rooms].map(async ([room, posts]) => {
			for (const post of posts) {
				const message = messages.get(post);
				if (message === undefined) continue;
				// When it cannot be told, listeners see the gap in `sequence` and fill it from the store.
				await traced(
					"fan-out",
					{ kind: SpanKind.PRODUCER, parent: post.trace, attributes: { room } },
					() => tell(work, { type: "posted", message }),
				);
				post.kept(message);
			}
		}),
	);
}

/** Part of the first one's trace, and linked to the others'. */
function commit(
	work: RoomsWork,
	posts: readonly Waiting[],
	how: Look,
): Promise<Outcome> {
	const [parent, ...also] = posts.map(({ trace }) => trace);
	const [room = "", ...others] = byRoom(posts).keys();
	const attributes = {
		posts: posts.length,
		rooms: 1 + others.length,
		...(others.length === 0 && { room }),
	};
	return traced(
		"commit",
		{ kind: SpanKind.CLIENT, attributes, also, ...(parent && { parent }) },
		() => store(work, posts, how),
	);
}

/** One transaction. Rejects when it is not known to be kept; nothing has been told then. */
async function store(
	work: RoomsWork,
	posts: readonly Waiting[],
	how: Look,
): Promise<Outcome> {
	const { generation } = work.rights;
	const holders = await Promise.all(
		posts.map(({ actor }) => work.rights.of(actor)),
	);
	return work.store.transaction(async (tx) => {
		const asked = posts.flatMap(({ draft }, index) => {
			const holder = holders[index];
			return holder === undefined ? [] : [{ id: draft.room, holder }];
		});
		const found = await lookAtRooms(tx, asked, how);
		const isStale = work.rights.generation !== generation;
		const refused: [Waiting, unknown][] = [];
		const again: Waiting[] = [];
		const locked: Waiting[] = [];
		const fit: Fit[] = [];
		for (const [index, post] of posts.entries()) {
			const its = found[index];
			if (its === "locked") locked.push(post);
			else if (isStale && post.actor.administrator !== true) again.push(post);
			else {
				try {
					fit.push({ post, room: judge(work, its) });
				} catch (error) {
					refused.push([post, error]);
				}
			}
		}
		const kept = fit.length === 0 ? [] : await write(work, tx, fit);
		return { kept, refused, again, locked };
	});
}

type Found = Awaited<ReturnType<typeof lookAtRooms>>[number];

/** Throws why the message may not be posted. */
function judge(work: RoomsWork, found: Exclude<Found, "locked">): Room {
	if (found === undefined) throw noSuchRoom();
	mayPost(found.room, found.standing);
	demandArchived(work, found.room);
	return found.room;
}

interface Fit {
	readonly post: Waiting;
	readonly room: Room;
}

async function write(
	work: RoomsWork,
	tx: Transaction,
	fit: readonly Fit[],
): Promise<readonly Kept[]> {
	const posts = fit.map(({ post: { actor, draft }, room }) => ({
		room,
		author: actor,
		draft,
	}));
	const messages = await tx.messages.appendAll(posts, work.now());
	const kept = fit.flatMap(({ post, room }, index) => {
		const message = messages[index];
		return message === undefined ? [] : [{ post, room, message }];
	});
	const seen = new Set<string>();
	const owed = kept.flatMap(({ post, room, message }) => {
		const key = `${message.room} ${message.sequence}`;
		// A repeat of what was stored before is owed already; whether it was told is not known.
		if (seen.has(key) || message.sequence <= room.lastSequence) return [];
		seen.add(key);
		return {
			id: randomUUID(),
			type: "posted" as const,
			at: message.postedAt,
			actor: post.actor,
			room: placeOf(room),
			message,
		};
	});
	if (owed.length > 0) await tx.outbox.add(...owed);
	return kept;
}
