/** Finding rooms and reading back what was said in them. */
import { randomUUID } from "node:crypto";
import { ChatError } from "../errors.ts";
import { mayRead, noSuchRoom } from "./access.ts";
import { withHolder } from "./rights.ts";
import { placeOf } from "./telling.ts";
import type { Actor, Message, Role, RoomId, RoomSummary } from "./types.ts";
import type { RoomsWork } from "./work.ts";

export interface Reading {
	/** The newest `count`, oldest first. */
	history(
		actor: Actor,
		room: RoomId,
		count: number,
	): Promise<readonly Message[]>;
	search(
		actor: Actor,
		criteria: string,
		descriptions: boolean,
	): Promise<readonly RoomSummary[]>;
	associations(
		actor: Actor,
		role: Role,
		limit: number,
	): Promise<readonly RoomSummary[]>;
}

export function createReading(work: RoomsWork): Reading {
	return {
		history: (actor, room, count) => history(work, actor, room, count),
		search: (actor, criteria, descriptions) =>
			search(work, actor, criteria, descriptions),
		associations: (actor, role, limit) =>
			associations(work, actor, role, limit),
	};
}

/** The newest `count` messages, oldest first; at most the server's limit. Recorded as viewed. */
async function history(
	work: RoomsWork,
	actor: Actor,
	id: RoomId,
	count: number,
): Promise<readonly Message[]> {
	const { store, limits, now } = work;
	if (!Number.isInteger(count) || count < 1) {
		throw new ChatError(
			"malformed",
			"The number of messages must be a whole number of at least 1.",
		);
	}
	const most = Math.min(count, limits.historyMessages);
	return withHolder(work.rights, actor, async (holder, stale) => {
		const known = await store.rooms.known(id, holder);
		if (known === undefined) throw noSuchRoom();
		const { room, standing } = known;
		mayRead(room, standing);
		if (!room.category.history) return [];
		const messages = await store.messages.latest(id, most);
		const newest = messages.at(-1);
		if (newest === undefined) return stale() ? undefined : messages;
		const viewed = await store.transaction(async (tx) => {
			// Whoever has just lost his right is shown nothing, and nothing is recorded.
			if (stale()) return false;
			await tx.outbox.add({
				id: randomUUID(),
				type: "viewed",
				at: now(),
				actor,
				room: placeOf(room),
				count: messages.length,
				throughSequence: newest.sequence,
			});
			return true;
		});
		return viewed ? messages : undefined;
	});
}

const maxWords = 20;

/** Rooms that the actor may see whose name (or description) has all the words; no words: every one. */
async function search(
	{ store, limits, rights }: RoomsWork,
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
		await rights.of(actor),
	);
}

/** Rooms in which the actor has the role. */
async function associations(
	{ store, limits, rights }: RoomsWork,
	actor: Actor,
	role: Role,
	limit: number,
): Promise<readonly RoomSummary[]> {
	return store.rooms.withRole(
		role,
		await rights.of(actor),
		Math.max(1, Math.min(limit, limits.searchResults)),
	);
}
