/** The client side of one request: repeats it on UDP until an answer comes and gives up on a silent peer (RFC 3261, 17.1; RFC 6026, 7.2). */
import {
	responseTo,
	type SipRequest,
	type SipResponse,
	writeMessage,
} from "./message.ts";
import type { SipTimers, Timer, TimerOwner } from "./timers.ts";
import type { ClientTransaction, ResponseHandlers } from "./transaction.ts";
import type { Flow } from "./transport.ts";

/** What a client transaction asks of the table that holds it. */
export interface ClientTransactionOwner {
	readonly timers: SipTimers;
	readonly timerOwner: TimerOwner;
	start(
		request: SipRequest,
		flow: Flow,
		handlers: ResponseHandlers,
		branch: string,
	): ClientTransaction;
	/** Adds the topmost Via of a request that leaves without a transaction. */
	prepare(request: SipRequest, flow: Flow): void;
	/** A final response came or was made up: the transaction only waits for stragglers now. */
	answered(transaction: AnyClientTransaction): void;
	ended(transaction: AnyClientTransaction): void;
}

export abstract class AnyClientTransaction implements ClientTransaction {
	readonly request: SipRequest;
	readonly flow: Flow;
	readonly branch: string;
	readonly key: string;
	protected readonly owner: ClientTransactionOwner;
	protected readonly handlers: ResponseHandlers;
	protected readonly bytes: Buffer;
	protected timers: Timer[] = [];
	protected done = false;
	#ended = false;

	constructor(
		request: SipRequest,
		flow: Flow,
		branch: string,
		handlers: ResponseHandlers,
		owner: ClientTransactionOwner,
	) {
		this.request = request;
		this.flow = flow;
		this.branch = branch;
		this.key = `${branch} ${request.method}`;
		this.handlers = handlers;
		this.owner = owner;
		this.bytes = writeMessage(request);
	}

	get pending(): boolean {
		return !this.done;
	}

	/** The first transmission. A failure is told in a later turn, so that the caller has the transaction by then. */
	start(): void {
		const { t1 } = this.owner.timers;
		if (!this.flow.send(this.bytes)) {
			this.refuse();
			return;
		}
		if (!this.flow.reliable) this.retransmitAfter(t1);
		this.after(64 * t1, () => this.silent());
	}

	/** Not even tried: there are too many already. */
	refuse(): void {
		this.after(0, () => this.fail(503));
	}

	protected abstract retransmitAfter(ms: number): void;
	abstract receive(response: SipResponse): void;

	/** Nothing final came in 64*T1. */
	protected silent(): void {
		this.fail(408);
	}

	/** Ends with a response that was never on the wire. */
	fail(status: 408 | 503): void {
		if (this.done) {
			this.end();
			return;
		}
		this.finish();
		this.end();
		this.handlers.response(responseTo(this.request, status), true);
	}

	protected finish(): void {
		this.done = true;
		this.stopTimers();
		this.owner.answered(this);
	}

	protected after(ms: number, fire: () => void): Timer {
		const timer = this.owner.timerOwner.start(ms, fire);
		this.timers.push(timer);
		return timer;
	}

	protected stopTimers(): void {
		for (const timer of this.timers) timer.stop();
		this.timers = [];
	}

	protected endAfter(ms: number): void {
		if (this.flow.reliable) this.end();
		else this.after(ms, () => this.end());
	}

	end(): void {
		if (this.#ended) return;
		this.#ended = true;
		this.done = true;
		this.stopTimers();
		this.owner.ended(this);
	}

	cancel(
		_headers?: readonly (readonly [string, string])[],
	): SipRequest | undefined {
		return undefined;
	}

	acknowledge(_ack: SipRequest, _flow?: Flow): boolean {
		return false;
	}
}

/** Trying → Proceeding (retransmits every T2) → Completed, absorbing repeated answers for T4 (timer K) on UDP → gone. */
export class NonInviteClientTransaction extends AnyClientTransaction {
	#proceeding = false;

	protected override retransmitAfter(ms: number): void {
		this.after(ms, () => {
			this.flow.send(this.bytes);
			const { t2 } = this.owner.timers;
			this.retransmitAfter(this.#proceeding ? t2 : Math.min(2 * ms, t2));
		});
	}

	override receive(response: SipResponse): void {
		if (this.done) return;
		if (response.status < 200) this.#proceeding = true;
		else {
			this.finish();
			this.endAfter(this.owner.timers.t4);
		}
		this.handlers.response(response, false);
	}
}
