/** The server side of one request: absorbs its retransmissions and repeats its answer (RFC 3261, 17.2; RFC 6026, 7.1). */
import {
	responseTo,
	type SipRequest,
	type SipResponse,
	writeMessage,
} from "./message.ts";
import type { SipTimers, Timer, TimerOwner } from "./timers.ts";
import type { ServerTransaction } from "./transaction.ts";
import type { Flow } from "./transport.ts";

/** What a server transaction asks of the table that holds it. */
export interface ServerTransactionOwner {
	readonly timers: SipTimers;
	readonly timerOwner: TimerOwner;
	/** A final response was sent, so the transaction only waits for stragglers now. */
	answered(transaction: AnyServerTransaction): void;
	ended(transaction: AnyServerTransaction): void;
}

export abstract class AnyServerTransaction implements ServerTransaction {
	readonly request: SipRequest;
	readonly flow: Flow;
	/** Where the owner finds this transaction. */
	readonly key: string;
	lastResponse: SipResponse | undefined;
	onCancel: ((cancel: SipRequest) => void) | undefined;
	onAck: ((ack: SipRequest) => void) | undefined;
	onAckTimeout: (() => void) | undefined;
	protected readonly owner: ServerTransactionOwner;
	/** The last response as written, for repetition. */
	protected bytes: Buffer | undefined;
	protected finished = false;
	#ended = false;
	#timers: Timer[] = [];

	constructor(
		request: SipRequest,
		flow: Flow,
		key: string,
		owner: ServerTransactionOwner,
	) {
		this.request = request;
		this.flow = flow;
		this.key = key;
		this.owner = owner;
	}

	get answered(): boolean {
		return this.finished;
	}

	abstract respond(response: SipResponse): boolean;

	abandon(): void {
		if (this.finished) return;
		this.finished = true;
		this.bytes = undefined;
		this.owner.answered(this);
		if (this.flow.reliable) this.end();
		else this.after(64 * this.owner.timers.t1, () => this.end());
	}

	/** The same request came again. */
	repeat(): void {
		if (this.bytes !== undefined) this.flow.send(this.bytes);
	}

	protected after(ms: number, fire: () => void): Timer {
		const timer = this.owner.timerOwner.start(ms, fire);
		this.#timers.push(timer);
		return timer;
	}

	protected stopTimers(): void {
		for (const timer of this.#timers) timer.stop();
		this.#timers = [];
	}

	/** Forgets everything; idempotent. */
	end(): void {
		if (this.#ended) return;
		this.#ended = true;
		this.finished = true;
		this.stopTimers();
		this.owner.ended(this);
	}
}

/**
 * Trying → (1xx) Proceeding → (final) Completed, in which the answer is repeated to each retransmission for 64*T1 (timer J) on UDP;
 * streams do not retransmit, so there it ends with its answer.
 */
export class NonInviteServerTransaction extends AnyServerTransaction {
	respond(response: SipResponse): boolean {
		if (this.finished) return false;
		this.bytes = writeMessage(response);
		this.lastResponse = response;
		const sent = this.flow.send(this.bytes);
		if (response.status < 200) return sent;
		this.finished = true;
		this.owner.answered(this);
		if (this.flow.reliable) this.end();
		else this.after(64 * this.owner.timers.t1, () => this.end());
		return sent;
	}
}

/**
 * Proceeding → Completed (300–699: repeated by timer G on UDP until ACK or timer H) → Confirmed (timer I) → gone;
 * Proceeding → Accepted (2xx: repeated on UDP until its ACK, absorbs INVITEs until timer L) → gone. Streams repeat nothing, like
 * drachtio-server, although a 2xx that a later hop lost is then lost. A slow answer is preceded by 100.
 */
export class InviteServerTransaction extends AnyServerTransaction {
	#state: "proceeding" | "completed" | "accepted" | "confirmed" = "proceeding";

	constructor(
		request: SipRequest,
		flow: Flow,
		key: string,
		owner: ServerTransactionOwner,
	) {
		super(request, flow, key, owner);
		this.after(owner.timers.tryingMs, () => {
			if (this.bytes === undefined && !this.finished)
				this.respond(responseTo(request, 100));
		});
	}

	get accepted(): boolean {
		return this.#state === "accepted";
	}

	respond(response: SipResponse): boolean {
		if (this.finished) return false;
		this.bytes = writeMessage(response);
		this.lastResponse = response;
		const sent = this.flow.send(this.bytes);
		if (response.status < 200) return sent;
		this.finished = true;
		this.stopTimers();
		const { t1 } = this.owner.timers;
		const accepted = response.status < 300;
		this.#state = accepted ? "accepted" : "completed";
		if (!this.flow.reliable) this.#retransmitAfter(t1);
		this.after(64 * t1, () => {
			this.end();
			if (accepted) this.onAckTimeout?.();
		});
		this.owner.answered(this);
		return sent;
	}

	#retransmitAfter(ms: number): void {
		this.after(ms, () => {
			this.repeat();
			this.#retransmitAfter(Math.min(2 * ms, this.owner.timers.t2));
		});
	}

	/** An INVITE that matches: the 2xx is on its own schedule, the rest is repeated at once. */
	override repeat(): void {
		if (this.#state !== "confirmed") super.repeat();
	}

	/** An ACK that matches. */
	acknowledged(ack: SipRequest): void {
		if (this.#state !== "accepted" && this.#state !== "completed") return;
		const accepted = this.#state === "accepted";
		this.#state = "confirmed";
		this.stopTimers();
		const { t1, t4 } = this.owner.timers;
		if (this.flow.reliable) this.end();
		else this.after(accepted ? 64 * t1 : t4, () => this.end());
		if (accepted) this.onAck?.(ack);
	}
}
