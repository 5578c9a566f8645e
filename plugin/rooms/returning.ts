/**
 * Absences: what a device was in when its dialog was lost. Some clients begin anew then, and believe that they are still in
 * their rooms; so their rooms are entered for them, with every right asked again.
 */
import { placeOf } from "./telling.ts";
import type { Absence, Actor, Room, RoomId } from "./types.ts";
import { viewing } from "./viewing.ts";
import type { RoomsWork } from "./work.ts";

/** Who is away for longer has been closed. */
const rememberMs = 60 * 60 * 1000;
const purgeEveryMs = 60 * 1000;

export interface Returning {
	/** The rooms that this device of the actor was lost from in the last hour. */
	absences(actor: Actor, device: string): Promise<readonly Absence[]>;
	/** It is back in these rooms, or does not want to be. */
	forgetAbsences(
		actor: Actor,
		device: string,
		rooms: readonly RoomId[],
	): Promise<void>;
	/**
	 * His device is about to be sent what it has missed of this room since `heard`: recorded as viewed, because he was not there
	 * when it was posted.
	 */
	recordMissed(actor: Actor, room: Room, heard: number): Promise<void>;
}

export function createReturning({ store, now }: RoomsWork): Returning {
	let purgedAt = 0;
	const oldest = () => new Date(now().getTime() - rememberMs);

	async function purge(): Promise<void> {
		const at = now().getTime();
		if (at - purgedAt < purgeEveryMs) return;
		purgedAt = at;
		await store.transaction((tx) => tx.absences.purge(oldest()));
	}

	return {
		async absences(actor, device) {
			await purge();
			return store.absences.of(actor.uri, device, oldest());
		},
		forgetAbsences: (actor, device, rooms) =>
			store.transaction((tx) => tx.absences.forget(actor.uri, device, rooms)),
		async recordMissed(actor, room, heard) {
			const { id, lastSequence } = room;
			const missed = await store.messages.between(id, heard, lastSequence);
			if (missed.length === 0) return;
			const asked = { window: "missed", sequence: heard } as const;
			await store.transaction((tx) =>
				tx.outbox.add({
					...viewing(missed, asked),
					at: now(),
					actor,
					room: placeOf(room),
				}),
			);
		},
	};
}
