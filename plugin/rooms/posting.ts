/** Posting: stored and owed to compliance in one transaction, then told to the room. What waits for a room is stored together. */
import { randomUUID } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { ChatError, noSuchRoom } from "../errors.ts";
import type { Transaction } from "../store/index.ts";
import { SpanKind, type TraceContext, traced, tracedNow } from "../tracing.ts";
import { mayPost } from "./access.ts";
import { demandArchived } from "./archived.ts";
import { maxLooks, rightsInChange } from "./rights.ts";
import { placeOf, tell } from "./telling.ts";
import type { Actor, Draft, Holder, Message, Room, RoomId } from "./types.ts";
import type { RoomsWork } from "./work.ts";

/** Posts to one room that may wait for their turn; more are refused as overload. */
const maxWaiting = 1_000;
/** Who has waited so long is refused: his client is about to give up, and must not find the post kept after all. */
const maxWaitMs = 5_000;
/** Posts in one transaction, which others wait for. */
const maxTogether = 50;
/** What the newest counts among what was measured before it. */
const newest = 0.3;

export interface Posting {
	/** Stored, and owed to compliance, before it resolves; told to the room after. */
	post(actor: Actor, draft: Draft): Promise<Message>;
}

interface Waiting {
	readonly actor: Actor;
	readonly draft: Draft;
	/** By the clock of what passes. */
	readonly deadline: number;
	readonly trace: TraceContext;
	kept(message: Message): void;
	refused(error: unknown): void;
}

interface Queue {
	readonly posts: Waiting[];
	/** Since when those before them have been being stored. */
	begunAt: number;
}

/**
 * Posts to one room go in the order in which they came, and are told in the order in which they were committed; those that came
 * while others were being stored go together in one transaction, each judged by itself.
 * Throws `too-large`, `malformed`, `forbidden`, `no-such-room`, `room-disabled`, `unavailable`.
 */
export function createPosting(work: RoomsWork): Posting {
	const { elapsedMs = () => performance.now() } = work;
	/** Of rooms to which somebody is posting just now. */
	const queues = new Map<RoomId, Queue>();
	/** How long it took of late to store what goes together. */
	let typicalMs = 0;

	async function storeWaiting(room: RoomId, queue: Queue): Promise<void> {
		while (queue.posts.length > 0) {
			const group = queue.posts.splice(0, maxTogether);
			queue.begunAt = elapsedMs();
			const isOverdue = ({ deadline }: Waiting) => queue.begunAt > deadline;
			for (const { refused } of group.filter(isOverdue)) refused(overload());
			const inTime = group.filter((post) => !isOverdue(post));
			if (inTime.length === 0) continue;
			await storeAndTell(work, room, inTime);
			typicalMs += (elapsedMs() - queue.begunAt - typicalMs) * newest;
			// Whose post was kept goes on in this turn: what he posts next goes with what has waited.
			if (queue.posts.length > 0) await nextTurn();
		}
		queues.delete(room);
	}

	/** How long one more would wait, behind what is being stored and what waits. */
	function expectedMs({ posts, begunAt }: Queue): number {
		const groups = 1 + Math.floor(posts.length / maxTogether);
		return groups * Math.max(typicalMs, elapsedMs() - begunAt);
	}

	function isTooLong(queue: Queue): boolean {
		const { postWaitMs } = work.limits;
		if (queue.posts.length >= maxWaiting) return true;
		return postWaitMs > 0 && expectedMs(queue) > postWaitMs;
	}

	return {
		async post(actor, draft) {
			checkText(work, actor, draft);
			const found = queues.get(draft.room);
			if (found !== undefined && isTooLong(found)) throw overload();
			const queue = found ?? { posts: [], begunAt: elapsedMs() };
			return new Promise((kept, refused) => {
				const deadline = elapsedMs() + maxWaitMs;
				const trace = tracedNow();
				queue.posts.push({ actor, draft, deadline, trace, kept, refused });
				if (found !== undefined) return;
				queues.set(draft.room, queue);
				void storeWaiting(draft.room, queue);
			});
		},
	};
}

function overload(): ChatError {
	return new ChatError(
		"unavailable",
		"Too many messages are waiting to be stored in this room; try again later.",
	);
}

/** Never rejects: each hears what has become of his post, when the room has been told of it. */
async function storeAndTell(
	work: RoomsWork,
	room: RoomId,
	posts: readonly Waiting[],
): Promise<void> {
	let left = posts;
	try {
		for (let looks = 0; left.length > 0; looks += 1) {
			if (looks === maxLooks) throw rightsInChange();
			const { kept, refused, again } = await commit(work, room, left);
			left = again;
			for (const [post, error] of refused) post.refused(error);
			for (const [post, message] of kept) {
				// When it cannot be told, listeners see the gap in `sequence` and fill it from the store.
				await traced(
					"fan-out",
					{ kind: SpanKind.PRODUCER, parent: post.trace, attributes: { room } },
					() => tell(work, { type: "posted", message }),
				);
				post.kept(message);
			}
		}
	} catch (error) {
		const isAway = error instanceof ChatError && error.reason === "unavailable";
		if (isAway || left.length === 1) {
			for (const { refused } of left) refused(error);
			return;
		}
		// It may be the fault of one of them: the others are not to suffer for it.
		for (const post of left) await storeAndTell(work, room, [post]);
	}
}

interface Outcome {
	readonly kept: readonly (readonly [Waiting, Message])[];
	readonly refused: readonly (readonly [Waiting, unknown])[];
	/** To be decided anew: whoever has just lost his right must not be heard after that. */
	readonly again: readonly Waiting[];
}

/** Part of the first one's trace, and linked to the others'. */
function commit(
	work: RoomsWork,
	room: RoomId,
	posts: readonly Waiting[],
): Promise<Outcome> {
	const [parent, ...also] = posts.map(({ trace }) => trace);
	const attributes = { room, posts: posts.length };
	return traced(
		"commit",
		{ kind: SpanKind.CLIENT, attributes, also, ...(parent && { parent }) },
		() => storeTogether(work, room, posts),
	);
}

/** One transaction. Rejects when it is not known to be kept; nothing has been told then. */
async function storeTogether(
	work: RoomsWork,
	room: RoomId,
	posts: readonly Waiting[],
): Promise<Outcome> {
	const { generation } = work.rights;
	const holders = await Promise.all(
		posts.map(({ actor }) => work.rights.of(actor)),
	);
	return work.store.transaction(async (tx) => {
		const found = await lookAt(tx, room, holders);
		const isStale = work.rights.generation !== generation;
		const refused: [Waiting, unknown][] = [];
		const again: Waiting[] = [];
		const fit: Waiting[] = [];
		for (const [index, post] of posts.entries()) {
			if (isStale && post.actor.administrator !== true) {
				again.push(post);
				continue;
			}
			try {
				const standing = found?.standings[index];
				if (found === undefined || standing === undefined) throw noSuchRoom();
				mayPost(found.room, standing);
				demandArchived(work, found.room);
				fit.push(post);
			} catch (error) {
				refused.push([post, error]);
			}
		}
		if (found === undefined || fit.length === 0) {
			return { kept: [], refused, again };
		}
		const messages = await write(work, tx, found.room, fit);
		const kept = fit.flatMap((post, index) => {
			const message = messages[index];
			return message === undefined ? [] : [[post, message] as const];
		});
		return { kept, refused, again };
	});
}

/** The room, locked, and what each of them is to it. */
async function lookAt(
	tx: Transaction,
	id: RoomId,
	[first, ...others]: readonly Holder[],
) {
	if (first === undefined) return undefined;
	const known = await tx.rooms.lockKnown(id, first);
	if (known === undefined) return undefined;
	const { room, standing } = known;
	const rest = others.length > 0 ? await tx.rooms.standings(room, others) : [];
	return { room, standings: [standing, ...rest] };
}

async function write(
	work: RoomsWork,
	tx: Transaction,
	room: Room,
	posts: readonly Waiting[],
): Promise<readonly Message[]> {
	const drafts = posts.map(({ actor, draft }) => ({ author: actor, draft }));
	const messages = await tx.messages.appendAll(room, drafts, work.now());
	const sequences = messages.map(({ sequence }) => sequence);
	const owed = messages.flatMap((message, index) => {
		const post = posts[index];
		// A repeat of what was stored before is owed already; whether it was told is not known.
		const isFirst = sequences.indexOf(message.sequence) === index;
		if (!post || !isFirst || message.sequence <= room.lastSequence) return [];
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
	return messages;
}

/** Throws `malformed`, `too-large`. */
function checkText(
	{ limits, wire }: RoomsWork,
	author: Actor,
	draft: Draft,
): void {
	const forbidden = wire.forbiddenCharacter(draft.text);
	if (forbidden !== undefined) {
		throw new ChatError(
			"malformed",
			`${forbidden} may not appear in a message.`,
		);
	}
	if (draft.text.length === 0) {
		throw new ChatError("malformed", "A message needs a text.");
	}
	const story = /^\[story/i.test(draft.text);
	const limit = story ? limits.storyBytes : limits.messageBytes;
	const bytes = Buffer.byteLength(draft.text);
	if (bytes > limit) {
		throw new ChatError(
			"too-large",
			`The ${story ? "story" : "message"} has ${bytes} bytes; the limit is ${limit}.`,
		);
	}
	const encoded = wire.relayBytes(author, draft);
	if (encoded > limits.relayBytes) {
		throw new ChatError(
			"too-large",
			`The message has ${encoded} bytes once it is encoded for the SIP network; the limit is ${limits.relayBytes} ("&" counts five).`,
		);
	}
}
