/** Posting: stored and owed to compliance in one transaction, then told to the room; in each room one at a time. */
import { randomUUID } from "node:crypto";
import { ChatError, noSuchRoom } from "../errors.ts";
import type { Transaction } from "../store/index.ts";
import { mayPost } from "./access.ts";
import { demandArchived } from "./archived.ts";
import { withHolder } from "./rights.ts";
import { placeOf, tell } from "./telling.ts";
import type { Actor, Draft, Holder, Message, RoomId } from "./types.ts";
import type { RoomsWork } from "./work.ts";

/** Posts to one room that may wait for their turn; more are refused as overload. */
const maxWaiting = 1_000;
/** Who has waited so long is refused: his client is about to give up, and must not find the post kept after all. */
const maxWaitMs = 5_000;

export interface Posting {
	/** Stored, and owed to compliance, before it resolves; told to the room after. */
	post(actor: Actor, draft: Draft): Promise<Message>;
}

/**
 * Posts to one room go one after the other, so that they are told in the order in which they were committed.
 * Throws `too-large`, `malformed`, `forbidden`, `no-such-room`, `room-disabled`, `unavailable`.
 */
export function createPosting(work: RoomsWork): Posting {
	const turns = new Map<RoomId, { last: Promise<unknown>; waiting: number }>();

	async function post(actor: Actor, draft: Draft): Promise<Message> {
		checkText(work, actor, draft);
		const turn = turns.get(draft.room) ?? {
			last: Promise.resolve(),
			waiting: 0,
		};
		if (turn.waiting >= maxWaiting) {
			throw overload();
		}
		turn.waiting += 1;
		turns.set(draft.room, turn);
		const deadline = performance.now() + maxWaitMs;
		const mine = turn.last.then(() => {
			if (performance.now() > deadline) throw overload();
			return storeAndTell(work, actor, draft);
		});
		turn.last = mine.catch(() => {});
		try {
			return await mine;
		} finally {
			turn.waiting -= 1;
			if (turn.waiting === 0) turns.delete(draft.room);
		}
	}

	return { post };
}

function overload(): ChatError {
	return new ChatError(
		"unavailable",
		"Too many messages are waiting to be stored in this room; try again later.",
	);
}

async function storeAndTell(
	work: RoomsWork,
	actor: Actor,
	draft: Draft,
): Promise<Message> {
	const message = await withHolder(work.rights, actor, (holder, stale) =>
		work.store.transaction((tx) =>
			store(work, tx, { actor, draft, holder, stale }),
		),
	);
	// When it cannot be told, listeners see the gap in `sequence` and fill it from the store.
	await tell(work, { type: "posted", message });
	return message;
}

/** Undefined when it is to be decided anew: whoever has just lost his right must not be heard after that. */
async function store(
	work: RoomsWork,
	tx: Transaction,
	{
		actor,
		draft,
		holder,
		stale,
	}: {
		readonly actor: Actor;
		readonly draft: Draft;
		readonly holder: Holder;
		readonly stale: () => boolean;
	},
): Promise<Message | undefined> {
	const known = await tx.rooms.lockKnown(draft.room, holder);
	if (stale()) return undefined;
	if (known === undefined) throw noSuchRoom();
	const { room, standing } = known;
	mayPost(room, standing);
	demandArchived(work, room);
	const posted = await tx.messages.append(room, actor, draft, work.now());
	// A repeat of what was stored before is owed already; whether it was told is not known.
	if (posted.sequence <= room.lastSequence) return posted;
	await tx.outbox.add({
		id: randomUUID(),
		type: "posted",
		at: posted.postedAt,
		actor,
		room: placeOf(room),
		message: posted,
	});
	return posted;
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
