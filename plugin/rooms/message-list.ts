/** What was said in a room, as the operator reads it: to know which messages to delete or to replace. */
import type { HistoryAsked } from "../compliance/events.ts";
import { ChatError, noSuchRoom } from "../errors.ts";
import { placeOf } from "./telling.ts";
import type { Actor, Message, RoomId } from "./types.ts";
import { viewing } from "./viewing.ts";
import type { RoomsWork } from "./work.ts";

export interface ListedMessages {
	/** The newest `count` of these; 1 to 500. */
	readonly count: number;
	/** Posted then or later. */
	readonly from?: Date | undefined;
	/** Posted earlier than then. */
	readonly before?: Date | undefined;
	/** With a smaller number. */
	readonly belowSequence?: number | undefined;
}

export interface MessageListing {
	/**
	 * Oldest first; of any room, and also where a category's history is off. Recorded as viewed. For the operator at his own
	 * door alone: administrators among the users read as everybody does. Throws `forbidden`, `no-such-room`, `malformed`.
	 */
	listMessages(
		actor: Actor,
		room: RoomId,
		which: ListedMessages,
	): Promise<{
		readonly messages: readonly Message[];
		/** There are older ones that fit. */
		readonly more: boolean;
	}>;
}

const maxCount = 500;

export function createMessageListing({
	store,
	now,
}: Pick<RoomsWork, "store" | "now">): MessageListing {
	return {
		async listMessages(actor, id, { count, from, before, belowSequence }) {
			if (actor.administrator !== true) {
				throw new ChatError(
					"forbidden",
					"Only the operator may list the messages of any room.",
				);
			}
			if (!Number.isInteger(count) || count < 1 || count > maxCount) {
				throw new ChatError(
					"malformed",
					`The number of messages must be a whole number from 1 to ${maxCount}.`,
				);
			}
			const room = await store.rooms.find(id);
			if (room === undefined) throw noSuchRoom();
			const to = before && new Date(before.getTime() - 1);
			const found = await store.messages.page(room, {
				newestFirst: true,
				from,
				to,
				belowSequence,
				limit: count + 1,
			});
			const messages = found.slice(0, count).reverse();
			const asked =
				from === undefined && to === undefined
					? last(count, belowSequence)
					: ({
							window: "dates",
							...{ from, to, start: belowSequence, count },
							newestFirst: true,
						} as const);
			await store.transaction((tx) =>
				tx.outbox.add({
					...viewing(messages, asked),
					at: now(),
					actor,
					room: placeOf(room),
				}),
			);
			return { messages, more: found.length > count };
		},
	};
}

function last(count: number, belowSequence: number | undefined): HistoryAsked {
	return belowSequence === undefined
		? { window: "last", count }
		: { window: "before", sequence: belowSequence, count };
}
