/**
 * What many people want of rooms, each in its turn: while one transaction is under way, what is wanted meanwhile waits, and goes with the next,
 * many rooms and people together.
 *
 * Rooms that another transaction has locked (a post, an administrator's change, another node) are left out: what is wanted there goes by
 * itself, where it waits and nobody waits for it.
 */
import { ChatError } from "../errors.ts";
import type { Look } from "./look-at-rooms.ts";
import type { RoomId } from "./types.ts";

/** In one transaction, which others wait for. */
const maxTogether = 256;
/** … and of one who wants much. */
const maxOfOne = 32;

/** One transaction. What has become of each, in their order; `waiting`: all are of one room. */
export type CarryOut<Wish, Outcome> = (
	wishes: readonly Wish[],
	how: Look,
) => Promise<readonly (Outcome | "locked")[]>;

/** What has become of each, in their order; never rejects. */
export type RoomTurns<Wish, Outcome> = (
	wishes: readonly Wish[],
) => Promise<readonly PromiseSettledResult<Outcome>[]>;

interface Waiting<Wish, Outcome> {
	readonly wish: Wish;
	done(outcome: Outcome): void;
	failed(error: unknown): void;
}

export function createRoomTurns<
	Wish extends { readonly room: RoomId },
	Outcome extends object,
>(carryOut: CarryOut<Wish, Outcome>): RoomTurns<Wish, Outcome> {
	type Waits = Waiting<Wish, Outcome>;
	/** What each who came still waits for. */
	const queues = new Set<Waits[]>();
	/** Who waits for rooms that others have locked. */
	const behindOthers = new Map<RoomId, Waits[]>();
	let busy = false;

	/** Of each in his turn. */
	function take(): readonly Waits[] {
		const taken: Waits[] = [];
		for (const queue of [...queues]) {
			const left = maxTogether - taken.length;
			if (left === 0) break;
			taken.push(...queue.splice(0, Math.min(left, maxOfOne)));
			queues.delete(queue);
			if (queue.length > 0) queues.add(queue);
		}
		return taken;
	}

	async function goOn(): Promise<void> {
		if (busy) return;
		busy = true;
		while (queues.size > 0) {
			const locked = await together(carryOut, take(), "free");
			for (const each of locked) void waitFor(each);
		}
		busy = false;
	}

	async function waitFor(first: Waits): Promise<void> {
		const { room } = first.wish;
		const before = behindOthers.get(room);
		if (before !== undefined) {
			before.push(first);
			return;
		}
		const queue = [first];
		behindOthers.set(room, queue);
		while (queue.length > 0) {
			await together(carryOut, queue.splice(0, maxTogether), "waiting");
		}
		behindOthers.delete(room);
	}

	return (wishes) => {
		const queue: Waits[] = [];
		const outcomes = wishes.map(
			(wish) =>
				new Promise<Outcome>((done, failed) => {
					queue.push({ wish, done, failed });
				}),
		);
		if (queue.length > 0) queues.add(queue);
		void goOn();
		return Promise.allSettled(outcomes);
	};
}

/** Never rejects: each hears what has become of his wish. Gives those whose rooms others have locked. */
async function together<Wish, Outcome extends object>(
	carryOut: CarryOut<Wish, Outcome>,
	some: readonly Waiting<Wish, Outcome>[],
	how: Look,
): Promise<readonly Waiting<Wish, Outcome>[]> {
	try {
		const wishes = some.map(({ wish }) => wish);
		const outcomes = await carryOut(wishes, how);
		return some.filter((each, index) => {
			const outcome = outcomes[index] ?? "locked";
			if (outcome === "locked") return true;
			each.done(outcome);
			return false;
		});
	} catch (error) {
		const isAway = error instanceof ChatError && error.reason === "unavailable";
		if (isAway || some.length === 1) {
			for (const { failed } of some) failed(error);
		} else {
			// It may be the fault of one of them: the others are not to suffer for it.
			for (const each of some) await together(carryOut, [each], "waiting");
		}
		return [];
	}
}
