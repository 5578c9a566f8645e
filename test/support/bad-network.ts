/** Between this process and itself: datagrams that are lost, come twice, or come late, and so in another order. */
import { Socket } from "node:dgram";

export interface BadNetwork {
	readonly sent: number;
	readonly lost: number;
	readonly twice: number;
	readonly late: number;
	/** Of those that were late, how many went when a later one to the same place had gone: the order is another. */
	readonly overtaken: number;
	/** Datagrams come as they always do. */
	mend(): void;
}

/** Of each hundred datagrams; the seed makes a run like the one before, as far as the order of sending is. */
export interface Badness {
	readonly lost: number;
	readonly twice: number;
	readonly late: number;
	readonly lateMs: number;
	readonly seed: number;
}

type Send = (this: Socket, ...given: unknown[]) => void;

export function spoilDatagrams(badness: Badness): BadNetwork {
	const prototype = Socket.prototype as unknown as { send: Send };
	const send = prototype.send;
	const random = randomFrom(badness.seed);
	const timers = new Set<NodeJS.Timeout>();
	const counts = { sent: 0, lost: 0, twice: 0, late: 0, overtaken: 0 };
	/** For each pair of places, the number of the newest that has gone. */
	const newest = new Map<string, number>();

	function goes(socket: Socket, given: unknown[], number: number): void {
		const between = [socket.address().port, ...given.slice(1)]
			.filter((each) => ["string", "number"].includes(typeof each))
			.join();
		const last = newest.get(between) ?? 0;
		if (number < last) counts.overtaken += 1;
		else newest.set(between, number);
		send.apply(socket, given);
	}

	/** An end of the socket meanwhile loses it too. */
	function later(socket: Socket, given: unknown[], number: number): void {
		const timer = setTimeout(() => {
			timers.delete(timer);
			try {
				goes(socket, given, number);
			} catch {
				counts.lost += 1;
			}
		}, random() * badness.lateMs);
		timers.add(timer);
	}

	prototype.send = function (...given) {
		counts.sent += 1;
		const number = counts.sent;
		const drawn = random() * 100;
		if (drawn < badness.lost) {
			counts.lost += 1;
			return;
		}
		if (drawn < badness.lost + badness.twice) {
			counts.twice += 1;
			later(this, given, number);
		} else if (drawn < badness.lost + badness.twice + badness.late) {
			counts.late += 1;
			return later(this, given, number);
		}
		goes(this, given, number);
	};
	return {
		get sent() {
			return counts.sent;
		},
		get lost() {
			return counts.lost;
		},
		get twice() {
			return counts.twice;
		},
		get late() {
			return counts.late;
		},
		get overtaken() {
			return counts.overtaken;
		},
		mend() {
			prototype.send = send;
			for (const timer of timers) clearTimeout(timer);
		},
	};
}

/** Numerical Recipes' linear congruence: enough to choose datagrams by. */
function randomFrom(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		return state / 2 ** 32;
	};
}
