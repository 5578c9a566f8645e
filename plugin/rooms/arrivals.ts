/**
 * Who enters rooms. What is asked for while others enter goes together, many rooms and many people in one transaction: after a power cut
 * everybody comes at once, and a transaction for each room of each would be all that the database does.
 *
 * Rooms that another transaction has locked (a post, an administrator's change, another node) are left out and entered by themselves,
 * where they wait and nobody waits for them.
 */
import { randomUUID } from "node:crypto";
import { ChatError, noSuchRoom } from "../errors.ts";
import type { Transaction } from "../store/index.ts";
import { mayJoin } from "./access.ts";
import { type Look, lookAtRooms } from "./look-at-rooms.ts";
import { isPhoneSession, noNode } from "./phone-session.ts";
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

/** In one transaction, which others wait for. */
const maxTogether = 256;
/** … and of one who enters many. */
const maxOfOne = 32;

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

/** What became of each room, in their order: one that refuses does not keep him out of the others. Rejects with a fault that nobody could foresee. */
export type EnterRooms = (
	comer: Comer,
	rooms: readonly RoomId[],
) => Promise<readonly (Entered | ChatError)[]>;

interface Waiting {
	readonly comer: Comer;
	readonly room: RoomId;
	/** With why he may not, too. */
	done(outcome: Entered | ChatError): void;
	failed(error: unknown): void;
}

export function createEnterRooms(work: RoomsWork): EnterRooms {
	/** What each who came still waits for. */
	const queues = new Set<Waiting[]>();
	/** Who waits for rooms that others have locked. */
	const behindOthers = new Map<RoomId, Waiting[]>();
	let busy = false;

	/** Of each in his turn. */
	function take(): readonly Waiting[] {
		const taken: Waiting[] = [];
		for (const queue of [...queues]) {
			const left = maxTogether - taken.length;
			if (left === 0) break;
			taken.push(...queue.splice(0, Math.min(left, maxOfOne)));
			queues.delete(queue);
			if (queue.length > 0) queues.add(queue);
		}
		return taken;
	}

	async function enterAll(): Promise<void> {
		if (busy) return;
		busy = true;
		while (queues.size > 0) {
			for (const each of await enterTogether(work, take(), "free")) {
				void waitFor(each);
			}
		}
		busy = false;
	}

	async function waitFor(first: Waiting): Promise<void> {
		const { room } = first;
		const before = behindOthers.get(room);
		if (before !== undefined) {
			before.push(first);
			return;
		}
		const queue = [first];
		behindOthers.set(room, queue);
		while (queue.length > 0) {
			await enterTogether(work, queue.splice(0, maxTogether), "waiting");
		}
		behindOthers.delete(room);
	}

	return async (comer, rooms) => {
		const queue: Waiting[] = [];
		const entering = rooms.map(
			(room) =>
				new Promise<Entered | ChatError>((done, failed) => {
					queue.push({ comer, room, done, failed });
				}),
		);
		if (queue.length > 0) queues.add(queue);
		void enterAll();
		// Nobody goes on while some of it is still under way.
		const settled = await Promise.allSettled(entering);
		return settled.map((each) => {
			if (each.status === "rejected") throw each.reason;
			return each.value;
		});
	};
}

/** Never rejects: each hears what has become of him. `waiting`: of one room. Gives those whose rooms others have locked. */
async function enterTogether(
	work: RoomsWork,
	some: readonly Waiting[],
	how: Look,
): Promise<readonly Waiting[]> {
	try {
		const outcomes = await work.store.transaction((tx) =>
			enter(work, tx, some, how),
		);
		return some.filter((each, index) => {
			const outcome = outcomes[index] ?? "locked";
			if (outcome === "locked") return true;
			each.done(outcome);
			return false;
		});
	} catch (error) {
		const isRefusal = error instanceof ChatError;
		if (some.length > 1 && !(isRefusal && error.reason === "unavailable")) {
			// It may be the fault of one of them: the others are not to suffer for it.
			for (const each of some) await enterTogether(work, [each], "waiting");
		} else if (isRefusal) for (const { done } of some) done(error);
		else for (const { failed } of some) failed(error);
		return [];
	}
}

interface Fit {
	readonly comer: Comer;
	readonly room: Room;
	readonly standing: Standing;
}

async function enter(
	work: RoomsWork,
	tx: Transaction,
	some: readonly Waiting[],
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
	return moved.map(({ fit, comer, room, standing, movement }) => {
		const { count, hidden, hiddenNow, ofUser } = movement;
		const self: Participant = { user: userOf(comer.actor), standing };
		const view = {
			room,
			participants: hidden ? [self] : (rosters.get(room.id) ?? []),
			participantCount: count,
			rosterHidden: hidden,
		};
		const tellOthers = ofUser && !hidden;
		return [fit, { view, standing, isNew: ofUser, tellOthers, hiddenNow }];
	});
}
