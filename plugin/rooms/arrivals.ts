/** Sessions that come to rooms: after a power cut everybody comes at once, and a transaction for each room of each would be all that the database does. */
import { randomUUID } from "node:crypto";
import { ChatError, noSuchRoom } from "../errors.ts";
import type { Transaction } from "../store/index.ts";
import { mayJoin } from "./access.ts";
import { type Look, lookAtRooms } from "./look-at-rooms.ts";
import { isPhoneSession, noNode } from "./phone-session.ts";
import { createRoomTurns, type RoomTurns } from "./room-turns.ts";
import { placeOf, userOf } from "./telling.ts";
import type {
	Actor,
	Holder,
	Participant,
	Room,
	RoomId,
	RoomView,
	SessionId,
	Standing,
} from "./types.ts";
import type { RoomsWork } from "./work.ts";

/** A session of somebody, and what he holds. */
export interface Comer {
	readonly actor: Actor;
	readonly holder: Holder;
	readonly session: SessionId;
	readonly device: string | undefined;
}

export interface Entered {
	readonly view: RoomView;
	readonly standing: Standing;
	/** He was not in the room before. */
	readonly isNew: boolean;
	/** … and the others are to know. */
	readonly tellOthers: boolean;
	/** From now on the roster is hidden. */
	readonly hiddenNow: boolean;
}

/** With why he may not, where he may not. */
export type EnterRooms = RoomTurns<Arrival, Entered | ChatError>;

export interface Arrival {
	readonly comer: Comer;
	readonly room: RoomId;
}

export function createEnterRooms(work: RoomsWork): EnterRooms {
	return createRoomTurns((arrivals, how) =>
		work.store.transaction((tx) => enter(work, tx, arrivals, how)),
	);
}

interface Fit {
	readonly comer: Comer;
	readonly room: Room;
	readonly standing: Standing;
}

async function enter(
	work: RoomsWork,
	tx: Transaction,
	some: readonly Arrival[],
	how: Look,
): Promise<readonly (Entered | ChatError | "locked")[]> {
	const asked = some.map(({ comer, room }) => ({
		id: room,
		holder: comer.holder,
	}));
	const found = await lookAtRooms(tx, asked, how);
	const judged = some.map(({ comer }, index) => judge(comer, found[index]));
	const fit = judged.filter(
		(each) => typeof each === "object" && "room" in each,
	);
	const entered = new Map(fit.length === 0 ? [] : await write(work, tx, fit));
	return judged.map((each) => {
		if (each === "locked" || each instanceof ChatError) return each;
		return entered.get(each) ?? "locked";
	});
}

function judge(
	comer: Comer,
	found: Awaited<ReturnType<typeof lookAtRooms>>[number],
): Fit | ChatError | "locked" {
	if (found === "locked") return found;
	if (found === undefined) return noSuchRoom();
	try {
		mayJoin(found.room, found.standing);
		return { comer, ...found };
	} catch (error) {
		if (error instanceof ChatError) return error;
		throw error;
	}
}

async function write(
	{ node, now, limits }: RoomsWork,
	tx: Transaction,
	fit: readonly Fit[],
): Promise<readonly (readonly [Fit, Entered])[]> {
	const at = now();
	const arrivals = fit.map(
		({ comer: { actor, session, device }, ...where }) => ({
			...{ room: where.room.id, user: actor, standing: where.standing },
			...{ session, device },
			node: isPhoneSession(session) ? noNode : node,
		}),
	);
	const movements = await tx.participants.enter(arrivals, at, limits.roster);
	const moved = fit.flatMap((each, index) => {
		const movement = movements[index];
		return movement === undefined ? [] : [{ ...each, fit: each, movement }];
	});
	for (const { comer, room } of fit) {
		if (!isPhoneSession(comer.session)) continue;
		await tx.phones.add(comer.actor.uri, comer.session, room);
	}
	const come = moved.filter(({ movement }) => movement.ofUser);
	await tx.outbox.add(
		...come.map(({ comer: { actor }, room }) => ({
			id: randomUUID(),
			type: "joined" as const,
			...{ at, actor, room: placeOf(room) },
		})),
	);
	const shown = moved.filter(({ movement }) => !movement.hidden);
	const rosters = await tx.participants.inRooms([
		...new Set(shown.map(({ room }) => room.id)),
	]);
	const hiddenNow = new Set<RoomId>();
	return moved.map(({ fit, comer, room, standing, movement }) => {
		const { count, hidden, ofUser } = movement;
		const isFirst = !hiddenNow.has(room.id);
		if (movement.hiddenNow) hiddenNow.add(room.id);
		const self: Participant = { user: userOf(comer.actor), standing };
		const view = {
			room,
			participants: hidden ? [self] : (rosters.get(room.id) ?? []),
			participantCount: count,
			rosterHidden: hidden,
		};
		const tellOthers = ofUser && !hidden;
		return [
			fit,
			{
				view,
				standing,
				isNew: ofUser,
				tellOthers,
				hiddenNow: isFirst && movement.hiddenNow,
			},
		];
	});
}
