/** Finding rooms and reading back what was said in them. */
import { randomUUID } from "node:crypto";
import { ChatError } from "../errors.ts";
import { mayRead, noSuchRoom } from "./access.ts";
import type { RoomsNeeds } from "./index.ts";
import { placeOf } from "./posting.ts";
import type { Actor, Message, Role, RoomId, RoomSummary } from "./types.ts";

/** The newest `count` messages, oldest first; at most the server's limit. Recorded as viewed. */
export async function history(
	{ store, limits, now }: RoomsNeeds,
	actor: Actor,
	id: RoomId,
	count: number,
): Promise<readonly Message[]> {
	if (!Number.isInteger(count) || count < 1) {
		throw new ChatError(
			"malformed",
			"The number of messages must be a whole number of at least 1.",
		);
	}
	const room = await store.rooms.find(id);
	if (room === undefined) throw noSuchRoom();
	const principals = await store.users.principals(actor.uri);
	mayRead(room, await store.rooms.standing(room, principals));
	if (!room.category.history) return [];
	const messages = await store.messages.latest(
		id,
		Math.min(count, limits.historyMessages),
	);
	const newest = messages.at(-1);
	if (newest !== undefined) {
		await store.transaction((tx) =>
			tx.outbox.add({
				id: randomUUID(),
				type: "viewed",
				at: now(),
				actor,
				room: placeOf(room),
				count: messages.length,
				throughSequence: newest.sequence,
			}),
		);
	}
	return messages;
}

const maxWords = 20;

/** Rooms that the actor may see whose name (or description) has all the words; no words: every one. */
export async function search(
	{ store, limits }: RoomsNeeds,
	actor: Actor,
	criteria: string,
	descriptions: boolean,
): Promise<readonly RoomSummary[]> {
	const words = criteria.split(/\s+/).filter((word) => word !== "");
	if (words.length > maxWords) {
		throw new ChatError(
			"too-large",
			`A search takes at most ${maxWords} words.`,
		);
	}
	return store.rooms.search(
		{ words, descriptions, limit: limits.searchResults },
		await store.users.principals(actor.uri),
	);
}

/** Rooms in which the actor has the role. */
export async function associations(
	{ store, limits }: RoomsNeeds,
	actor: Actor,
	role: Role,
	limit: number,
): Promise<readonly RoomSummary[]> {
	return store.rooms.withRole(
		role,
		await store.users.principals(actor.uri),
		Math.max(1, Math.min(limit, limits.searchResults)),
	);
}
