/** Joining and parting: who is in a room, told to the others and recorded once per user, however many sessions he has. */
import { randomUUID } from "node:crypto";
import { ChatError } from "../errors.ts";
import type { Transaction } from "../store/index.ts";
import { createEnterRooms, type EnterRooms } from "./arrivals.ts";
import type { RoomEvent } from "./events.ts";
import { isPhoneSession } from "./phone-session.ts";
import { lookAgain, putOutWhereRefused } from "./second-look.ts";
import { placeOf, tell, userOf } from "./telling.ts";
import type { Actor, JoinOutcome, RoomId, SessionId } from "./types.ts";
import type { RoomsWork } from "./work.ts";

/** A device that has gone without a word. */
export interface Lost {
	readonly device: string;
	/** How far it had heard the rooms that it comes back to. */
	readonly heard: ReadonlyMap<RoomId, number>;
}

export interface Membership {
	/** One outcome for each distinct room, in the order asked. `batch`: several were asked for by one command. */
	join(
		actor: Actor,
		session: SessionId,
		rooms: readonly RoomId[],
		batch: boolean,
		/** By what it is known when this node is killed, at most 64 characters: see `returning.ts`. */
		device?: string,
	): Promise<readonly JoinOutcome[]>;
	/** Parting a room that one is not in changes nothing. `lost`: it was not his wish. */
	part(
		actor: Actor,
		session: SessionId,
		rooms: readonly RoomId[],
		lost?: Lost,
	): Promise<void>;
}

export function createMembership(work: RoomsWork): Membership {
	const enterRooms = createEnterRooms(work);
	return {
		join: (actor, session, rooms, batch, device) =>
			join(work, enterRooms, actor, { session, rooms, batch, device }),
		part: (actor, session, rooms, lost) =>
			part(work, { actor, session, lost }, rooms),
	};
}

/** One room that refuses does not keep the others out. */
async function join(
	work: RoomsWork,
	enterRooms: EnterRooms,
	actor: Actor,
	{
		session,
		rooms,
		batch,
		device,
	}: {
		readonly session: SessionId;
		readonly rooms: readonly RoomId[];
		readonly batch: boolean;
		readonly device: string | undefined;
	},
): Promise<readonly JoinOutcome[]> {
	const outcomes: JoinOutcome[] = [];
	const arrived: Extract<RoomEvent, { type: "joined" }>["rooms"][number][] = [];
	const unseen: RoomId[] = [];
	const generation = await work.rights.current();
	const holder = await work.rights.of(actor);
	const asked = [...new Set(rooms)];
	const comer = { actor, holder, session, device };
	const entered = await enterRooms(comer, asked);
	for (const [index, room] of asked.entries()) {
		const outcome = entered[index];
		if (outcome === undefined) continue;
		if (outcome instanceof ChatError) {
			outcomes.push({ room, refusal: outcome });
			continue;
		}
		const { view, standing } = outcome;
		outcomes.push({ room, view, standing });
		if (outcome.tellOthers) {
			arrived.push({ room, type: view.room.type, standing });
		} else if (outcome.isNew) unseen.push(room);
		if (outcome.hiddenNow) await tell(work, { type: "rosterHidden", room });
	}
	await putOutWhereRefused(work, actor.uri, outcomes);
	const settled = await lookAgain(work, actor.uri, generation, outcomes);
	const inside = new Set(
		settled.flatMap((each) => ("view" in each ? [each.room] : [])),
	);
	const rest = arrived.filter(({ room }) => inside.has(room));
	if (rest.length > 0) {
		await tell(work, {
			type: "joined",
			rooms: rest,
			user: userOf(actor),
			batch,
		});
	}
	await tellMoved(work, actor, unseen, true);
	return settled;
}

/** Where the others are not told of him, he himself is at his other doors. */
async function tellMoved(
	work: RoomsWork,
	{ uri: user }: Actor,
	rooms: readonly RoomId[],
	arrived: boolean,
): Promise<void> {
	if (rooms.length === 0) return;
	await tell(work, { type: "moved", rooms, user, arrived });
}

interface Leaver {
	readonly actor: Actor;
	readonly session: SessionId;
	readonly lost?: Lost | undefined;
	/** The last that is known of him, when his node was killed. */
	readonly diedAt?: Date;
}

async function part(
	work: RoomsWork,
	leaver: Leaver,
	rooms: readonly RoomId[],
): Promise<void> {
	const left: RoomId[] = [];
	const unseen: RoomId[] = [];
	const shown: Extract<RoomEvent, { type: "roster" }>[] = [];
	for (const id of new Set(rooms)) {
		const { isGone, tellOthers, roster } = await work.store.transaction((tx) =>
			leave(work, tx, leaver, id),
		);
		if (tellOthers) left.push(id);
		else if (isGone) unseen.push(id);
		if (roster !== undefined) shown.push(roster);
	}
	if (left.length > 0) {
		const user = userOf(leaver.actor);
		await tell(work, { type: "parted", rooms: left, user });
	}
	await tellMoved(work, leaver.actor, unseen, false);
	for (const roster of shown) await tell(work, roster);
}

export async function leave(
	{ now, limits }: RoomsWork,
	tx: Transaction,
	{ actor, session, lost, diedAt }: Leaver,
	id: RoomId,
): Promise<{
	/** None of his sessions is in the room any more. */
	readonly isGone: boolean;
	readonly tellOthers: boolean;
	readonly roster?: Extract<RoomEvent, { type: "roster" }>;
}> {
	const room = await tx.rooms.lock(id).catch(unlessGone);
	if (room === undefined) return { isGone: false, tellOthers: false };
	const movement = await tx.participants.leave(
		id,
		actor.uri,
		session,
		limits.roster,
	);
	if (isPhoneSession(session)) await tx.phones.remove(actor.uri, id);
	const heard = lost?.heard.get(id);
	if (lost !== undefined && heard !== undefined) {
		const absence = { room: id, heard };
		await tx.absences.keep(actor.uri, lost.device, absence, now());
	}
	if (movement.ofUser) {
		await tx.outbox.add({
			id: randomUUID(),
			type: "parted",
			at: diedAt ?? now(),
			actor,
			room: placeOf(room),
			...(diedAt !== undefined && { lost: true }),
		});
	}
	// Shown again, the list itself says who is gone.
	const tellOthers =
		movement.ofUser && !movement.hidden && !movement.shownAgain;
	const isGone = movement.ofUser;
	if (!movement.shownAgain) return { isGone, tellOthers };
	const participants = await tx.participants.inRoom(id, {
		limit: limits.roster,
	});
	return {
		isGone,
		tellOthers,
		roster: { type: "roster", room: id, roomType: room.type, participants },
	};
}

/** Nobody is in a room that has been removed. */
function unlessGone(error: unknown): undefined {
	if (error instanceof ChatError && error.reason === "no-such-room") return;
	throw error;
}
