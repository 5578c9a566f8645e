/** Sessions that leave rooms, recorded once per user, however many sessions he has. */
import { randomUUID } from "node:crypto";
import type { Transaction } from "../store/index.ts";
import type { RoomEvent } from "./events.ts";
import { lookAtRooms } from "./look-at-rooms.ts";
import { isPhoneSession } from "./phone-session.ts";
import { createRoomTurns, type RoomTurns } from "./room-turns.ts";
import { placeOf } from "./telling.ts";
import type { Actor, Room, RoomId, SessionId } from "./types.ts";
import type { RoomsWork } from "./work.ts";

/** A device that has gone without a word. */
export interface Lost {
	readonly device: string;
	/** How far it had heard the rooms that it comes back to. */
	readonly heard: ReadonlyMap<RoomId, number>;
}

export interface Leaver {
	readonly actor: Actor;
	readonly session: SessionId;
	readonly lost?: Lost | undefined;
	/** The last that is known of him, when his node was killed. */
	readonly diedAt?: Date;
}

export interface Departure {
	readonly leaver: Leaver;
	readonly room: RoomId;
}

export interface Left {
	/** None of his sessions is in the room any more. */
	readonly isGone: boolean;
	readonly tellOthers: boolean;
	/** Shown again, the list itself says who is gone. */
	readonly roster?: Extract<RoomEvent, { type: "roster" }>;
}

export type LeaveRooms = RoomTurns<Departure, Left>;

export function createLeaveRooms(work: RoomsWork): LeaveRooms {
	return createRoomTurns((departures, how) =>
		work.store.transaction(async (tx) => {
			const found = await lookAtRooms(
				tx,
				departures.map(({ room }) => ({ id: room, holder: nobody })),
				how,
			);
			const fit = departures.flatMap((departure, index) => {
				const its = found[index];
				if (its === undefined || its === "locked") return [];
				return [{ departure, leaver: departure.leaver, room: its.room }];
			});
			const left = await leave(work, tx, fit);
			const outcomes = new Map(
				fit.map(({ departure }, index) => [departure, left[index]]),
			);
			return departures.map((departure, index) =>
				found[index] === "locked"
					? "locked"
					: // Nobody is in a room that has been removed.
						(outcomes.get(departure) ?? { isGone: false, tellOthers: false }),
			);
		}),
	);
}

/** To leave takes no right. */
const nobody = { principals: [], administrator: false };

/** The rooms must be locked. What has become of each, in their order; the roster of a room is told by the first of them. */
export async function leave(
	{ now, limits }: RoomsWork,
	tx: Transaction,
	departures: readonly { readonly leaver: Leaver; readonly room: Room }[],
): Promise<readonly Left[]> {
	if (departures.length === 0) return [];
	const movements = await tx.participants.leave(
		departures.map(({ leaver: { actor, session }, room }) => ({
			...{ room: room.id, user: actor.uri, session },
		})),
		limits.roster,
	);
	for (const { leaver, room } of departures) {
		if (!isPhoneSession(leaver.session)) continue;
		await tx.phones.remove(leaver.actor.uri, room.id);
	}
	await keepAbsences(tx, departures, now());
	await tx.outbox.add(
		...departures
			.filter((_, index) => movements[index]?.ofUser)
			.map(({ leaver: { actor, diedAt }, room }) => ({
				id: randomUUID(),
				type: "parted" as const,
				...{ at: diedAt ?? now(), actor, room: placeOf(room) },
				...(diedAt !== undefined && { lost: true as const }),
			})),
	);
	const shown = new Map(
		departures
			.filter((_, index) => movements[index]?.shownAgain)
			.map(({ room }) => [room.id, room]),
	);
	const rosters = await tx.participants.inRooms([...shown.keys()]);
	return departures.map(({ room: { id } }, index) => {
		const { ofUser = false, hidden, shownAgain } = movements[index] ?? {};
		const tellOthers = ofUser && !hidden && !shownAgain;
		const room = shown.get(id);
		if (room === undefined) return { isGone: ofUser, tellOthers };
		shown.delete(id);
		const roster = {
			type: "roster" as const,
			...{ room: id, roomType: room.type },
			participants: rosters.get(id) ?? [],
		};
		return { isGone: ofUser, tellOthers, roster };
	});
}

/** For a device that is expected back. */
async function keepAbsences(
	tx: Transaction,
	departures: readonly { readonly leaver: Leaver; readonly room: Room }[],
	at: Date,
): Promise<void> {
	const lost = new Map<Leaver, RoomId[]>();
	for (const { leaver, room } of departures) {
		if (!leaver.lost?.heard.has(room.id)) continue;
		lost.set(leaver, [...(lost.get(leaver) ?? []), room.id]);
	}
	for (const [{ actor, lost: device }, rooms] of lost) {
		if (device === undefined) continue;
		const absences = rooms.map((room) => ({
			room,
			heard: device.heard.get(room) ?? 0,
		}));
		await tx.absences.keep(actor.uri, device.device, absences, at);
	}
}
