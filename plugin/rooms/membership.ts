import { ChatError } from "../errors.ts";
import { createEnterRooms, type Entered, type EnterRooms } from "./arrivals.ts";
import {
	createLeaveRooms,
	type LeaveRooms,
	type Leaver,
	type Lost,
} from "./departures.ts";
import type { RoomEvent } from "./events.ts";
import { lookAgain, putOutWhereRefused } from "./second-look.ts";
import { tell, userOf } from "./telling.ts";
import type { Actor, JoinOutcome, RoomId, SessionId } from "./types.ts";
import type { RoomsWork } from "./work.ts";

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
	const leaveRooms = createLeaveRooms(work);
	return {
		join: (actor, session, rooms, batch, device) =>
			join(work, enterRooms, actor, { session, rooms, batch, device }),
		part: (actor, session, rooms, lost) =>
			part(work, leaveRooms, { actor, session, lost }, rooms),
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
	const entered = await enterRooms(asked.map((room) => ({ comer, room })));
	for (const [index, room] of asked.entries()) {
		const outcome = outcomeOf(entered[index]);
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

/** Throws the fault that nobody could foresee. */
function outcomeOf(
	settled: Awaited<ReturnType<EnterRooms>>[number] | undefined,
): Entered | ChatError | undefined {
	if (settled?.status !== "rejected") return settled?.value;
	if (settled.reason instanceof ChatError) return settled.reason;
	throw settled.reason;
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

/** What is done is told, also when not all of it can be done: then it rejects. */
async function part(
	work: RoomsWork,
	leaveRooms: LeaveRooms,
	leaver: Leaver,
	rooms: readonly RoomId[],
): Promise<void> {
	const asked = [...new Set(rooms)];
	const outcomes = await leaveRooms(asked.map((room) => ({ leaver, room })));
	const left: RoomId[] = [];
	const unseen: RoomId[] = [];
	const shown: Extract<RoomEvent, { type: "roster" }>[] = [];
	for (const [index, room] of asked.entries()) {
		const outcome = outcomes[index];
		if (outcome?.status !== "fulfilled") continue;
		const { isGone, tellOthers, roster } = outcome.value;
		if (tellOthers) left.push(room);
		else if (isGone) unseen.push(room);
		if (roster !== undefined) shown.push(roster);
	}
	if (left.length > 0) {
		const user = userOf(leaver.actor);
		await tell(work, { type: "parted", rooms: left, user });
	}
	await tellMoved(work, leaver.actor, unseen, false);
	for (const roster of shown) await tell(work, roster);
	for (const each of outcomes) {
		if (each.status === "rejected") throw each.reason;
	}
}
