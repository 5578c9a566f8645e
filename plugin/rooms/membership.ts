/** Joining and parting: who is in a room, told to the others and recorded once per user, however many sessions he has. */
import { randomUUID } from "node:crypto";
import { ChatError, noSuchRoom } from "../errors.ts";
import type { Transaction } from "../store/index.ts";
import { mayJoin } from "./access.ts";
import type { RoomEvent } from "./events.ts";
import { isPhoneSession, noNode } from "./phone-session.ts";
import { lookAgain, putOutWhereRefused } from "./second-look.ts";
import { placeOf, tell, userOf } from "./telling.ts";
import type {
	Actor,
	Holder,
	JoinOutcome,
	Participant,
	RoomId,
	RoomView,
	SessionId,
	Standing,
} from "./types.ts";
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
	return {
		join: (actor, session, rooms, batch, device) =>
			join(work, actor, { session, rooms, batch, device }),
		part: (actor, session, rooms, lost) =>
			part(work, { actor, session, lost }, rooms),
	};
}

interface Entered {
	readonly view: RoomView;
	readonly standing: Standing;
	/** He was not in the room before. */
	readonly isNew: boolean;
	/** … and the others are to know. */
	readonly tellOthers: boolean;
	/** From now on the roster is hidden. */
	readonly hiddenNow: boolean;
}

/** Each room in a transaction of its own: one that refuses does not keep the others out. */
async function join(
	work: RoomsWork,
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
	for (const id of new Set(rooms)) {
		try {
			const entered = await work.store.transaction((tx) =>
				enter(work, tx, { actor, holder, session, device, id }),
			);
			const { view, standing } = entered;
			outcomes.push({ room: id, view, standing });
			if (entered.tellOthers) {
				arrived.push({ room: id, type: view.room.type, standing });
			} else if (entered.isNew) unseen.push(id);
			if (entered.hiddenNow)
				await tell(work, { type: "rosterHidden", room: id });
		} catch (error) {
			if (!(error instanceof ChatError)) throw error;
			outcomes.push({ room: id, refusal: error });
		}
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

async function enter(
	{ node, now, limits }: RoomsWork,
	tx: Transaction,
	{
		actor,
		holder,
		session,
		device,
		id,
	}: {
		readonly actor: Actor;
		readonly holder: Holder;
		readonly session: SessionId;
		readonly device: string | undefined;
		readonly id: RoomId;
	},
): Promise<Entered> {
	const known = await tx.rooms.lockKnown(id, holder);
	if (known === undefined) throw noSuchRoom();
	const { room, standing } = known;
	mayJoin(room, standing);
	const at = now();
	const self: Participant = { user: userOf(actor), standing };
	const isPhone = isPhoneSession(session);
	const movement = await tx.participants.enter(
		id,
		{ user: actor, standing },
		session,
		isPhone ? noNode : node,
		at,
		limits.roster,
		device,
	);
	if (isPhone) await tx.phones.add(actor.uri, session, room);
	if (movement.ofUser) {
		await tx.outbox.add({
			id: randomUUID(),
			type: "joined",
			at,
			actor,
			room: placeOf(room),
		});
	}
	const participants = movement.hidden
		? [self]
		: await tx.participants.inRoom(id, { limit: limits.roster });
	return {
		view: {
			room,
			participants,
			participantCount: movement.count,
			rosterHidden: movement.hidden,
		},
		standing,
		isNew: movement.ofUser,
		tellOthers: movement.ofUser && !movement.hidden,
		hiddenNow: movement.hiddenNow,
	};
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
