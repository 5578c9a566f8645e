/** Posting: stored and owed to compliance in one transaction, then told to the room. What waits is stored together, room by room in order. */
import { ChatError } from "../errors.ts";
import { tracedNow } from "../tracing.ts";
import { createPostQueues, type Waiting } from "./post-queues.ts";
import { storePosts } from "./storing-posts.ts";
import type { Actor, Draft, Message } from "./types.ts";
import type { RoomsWork } from "./work.ts";

/** Who has waited so long is refused: his client is about to give up, and must not find the post kept after all. */
const maxWaitMs = 5_000;

export interface Posting {
	/** Stored, and owed to compliance, before it resolves; told to the room after. */
	post(actor: Actor, draft: Draft): Promise<Message>;
}

/**
 * Posts to one room go in the order in which they came, and are told in the order in which they were committed; those that wait while
 * others are being stored go together in one transaction, each judged by itself.
 * Throws `too-large`, `malformed`, `forbidden`, `no-such-room`, `room-disabled`, `unavailable`.
 */
export function createPosting(work: RoomsWork): Posting {
	const { elapsedMs = () => performance.now() } = work;
	const queues = createPostQueues({
		store: (posts, ...how) => storePosts(work, posts, ...how),
		elapsedMs,
		waitMs: work.limits.postWaitMs,
	});
	return {
		async post(actor, draft) {
			checkText(work, actor, draft);
			return new Promise((kept, refused) => {
				const deadline = elapsedMs() + maxWaitMs;
				const trace = tracedNow();
				const post: Waiting = { actor, draft, deadline, trace, kept, refused };
				queues.add(post);
			});
		},
	};
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
