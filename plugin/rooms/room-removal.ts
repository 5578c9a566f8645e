/** A room goes for ever: its people are shown out first, and everything is owed to compliance. */
import { randomUUID } from "node:crypto";
import { ChatError, noSuchRoom } from "../errors.ts";
import type { Transaction } from "../store/index.ts";
import { mayRemove } from "./access.ts";
import { makeFelt } from "./felt.ts";
import { withHolder, writeUnless } from "./rights.ts";
import { nobody, recordRoles } from "./roles.ts";
import { propertiesOf } from "./room-changes.ts";
import { placeOf } from "./telling.ts";
import type { Actor, Room, RoomId, RoomProperties } from "./types.ts";
import type { RoomsWork } from "./work.ts";

/** Disabled first, so that nobody comes in while those who are there are shown out. */
export async function removeRoom(
	work: RoomsWork,
	actor: Actor,
	id: RoomId,
): Promise<void> {
	const properties = await makeFelt(work, (note) =>
		withRemovable(work, actor, id, async (tx, room) => {
			const before = await disable(tx, actor, room, work.now());
			note({
				rights: true,
				first: [{ type: "narrowed", room: id }],
				scope: { of: "room", room: id, how: { gone: true } },
			});
			return before;
		}),
	).catch(unlessAway);
	await withRemovable(work, actor, id, async (tx, room) => {
		if (!room.disabled) {
			throw new ChatError(
				"conflict",
				`${room.name} has been enabled in the meantime; it is not removed.`,
			);
		}
		const at = work.now();
		const roles = await tx.rooms.roles(id);
		await recordRoles(tx, actor, room, { added: nobody, removed: roles }, at);
		await tx.outbox.add({
			id: randomUUID(),
			type: "room-removed",
			at,
			actor,
			room: placeOf(room),
			properties,
		});
		await tx.rooms.remove(id);
		return room;
	}).catch(unlessAway);
}

/** With the database away nobody knows how far it has come: it is told what is true in any case. */
function unlessAway(error: unknown): never {
	if (!(error instanceof ChatError && error.reason === "unavailable")) {
		throw error;
	}
	throw new ChatError(
		"unavailable",
		"The database cannot be had now: the room may be disabled already, and may not be removed yet. Ask for it again later.",
		{ cause: error, kept: "perhaps" },
	);
}

/** Locked, and the actor may remove it. Throws `no-such-room`, `forbidden`. */
function withRemovable<T extends object>(
	{ store, rights }: RoomsWork,
	actor: Actor,
	id: RoomId,
	write: (tx: Transaction, room: Room) => Promise<T>,
): Promise<T> {
	return withHolder(rights, actor, (holder, stale) =>
		writeUnless(stale, store, async (tx) => {
			const known = await tx.rooms.lockKnown(id, holder);
			if (known === undefined) throw noSuchRoom();
			mayRemove(known.room, known.standing);
			return write(tx, known.room);
		}),
	);
}

/** What it was before. */
async function disable(
	tx: Transaction,
	actor: Actor,
	room: Room,
	at: Date,
): Promise<RoomProperties> {
	const before = propertiesOf(room);
	if (before.disabled) return before;
	const now = await tx.rooms.change(room.id, { disabled: true }, actor.uri, at);
	await tx.outbox.add({
		id: randomUUID(),
		type: "room-changed",
		at,
		actor,
		room: placeOf(now),
		before: { disabled: false },
		after: { disabled: true },
	});
	return before;
}
