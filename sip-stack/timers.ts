/** The timers of the transaction layer and the one owner of every running timer (RFC 3261, section 17 and table 4). */

export interface SipTimers {
	/** Round trip estimate: first retransmission. */
	readonly t1: number;
	/** Longest retransmission interval of non-INVITE requests and INVITE responses. */
	readonly t2: number;
	/** How long a message may stay in the network. */
	readonly t4: number;
	/** A slow INVITE is answered 100 after this long (RFC 3261, 17.2.1). */
	readonly tryingMs: number;
	/** An INVITE of ours that was only answered provisionally is cancelled after this long (timer C). */
	readonly ringingMs: number;
}

export const defaultTimers: SipTimers = {
	t1: 500,
	t2: 4000,
	t4: 5000,
	tryingMs: 200,
	ringingMs: 185_000,
};

/** A timer that can be stopped; stopping it twice, or after it fired, does nothing. */
export interface Timer {
	stop(): void;
}

class Running implements Timer {
	readonly #owner: Set<Running>;
	#handle: NodeJS.Timeout | undefined;

	constructor(owner: Set<Running>, ms: number, fire: () => void) {
		this.#owner = owner;
		owner.add(this);
		this.#handle = setTimeout(() => {
			this.#handle = undefined;
			owner.delete(this);
			fire();
		}, ms);
	}

	stop(): void {
		if (this.#handle === undefined) return;
		clearTimeout(this.#handle);
		this.#handle = undefined;
		this.#owner.delete(this);
	}
}

/** Owns every timer of one stack or edge, so that closing it leaves none behind. */
export class TimerOwner {
	readonly #running = new Set<Running>();
	#closed = false;

	/** Calls `fire` once after `ms`; never when the owner is closed. */
	start(ms: number, fire: () => void): Timer {
		if (this.#closed) return { stop() {} };
		return new Running(this.#running, ms, fire);
	}

	get size(): number {
		return this.#running.size;
	}

	close(): void {
		this.#closed = true;
		for (const timer of this.#running) timer.stop();
	}
}
