// The client side of one request: repeats it on UDP until an answer comes and gives up on a silent peer (RFC 3261, 17.1; RFC 6026, 7.2).
import { Headers } from "./headers.ts";
import {
	responseTo,
	SipRequest,
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

/**
 * Calling → (1xx) Proceeding, until timer C → Completed (300–699: acknowledged here, repeatedly for 64*T1 on UDP) or Accepted (2xx: the
 * user acknowledges, repetitions are acknowledged here for 64*T1) → gone. CANCEL waits for the first provisional response.
 */
export class InviteClientTransaction extends AnyClientTransaction {
	#proceeding = false;
	#accepted = false;
	#cancel: SipRequest | undefined;
	#ack: Buffer | undefined;
	/** The ACK of each 2xx by its To tag; undefined until the user has acknowledged it. */
	readonly #acks = new Map<string, { bytes: Buffer; flow: Flow } | undefined>();

	protected override retransmitAfter(ms: number): void {
		this.after(ms, () => {
			if (this.#proceeding) return;
			this.flow.send(this.bytes);
			this.retransmitAfter(2 * ms);
		});
	}

	override receive(response: SipResponse): void {
		if (response.status < 200) this.#provisional(response);
		else if (response.status < 300) this.#success(response);
		else this.#failure(response);
	}

	#provisional(response: SipResponse): void {
		if (this.done) return;
		const first = !this.#proceeding;
		this.#proceeding = true;
		if (first) this.stopTimers();
		if (first && this.#cancel !== undefined) this.#sendCancel(this.#cancel);
		else if (first)
			this.after(this.owner.timers.ringingMs, () => this.cancel());
		this.handlers.response(response, false);
	}

	#success(response: SipResponse): void {
		if (this.done && !this.#accepted) return;
		const known = this.#acks.has(response.toTag);
		if (known) {
			const ack = this.#acks.get(response.toTag);
			if (ack !== undefined) ack.flow.send(ack.bytes);
			return;
		}
		if (!this.#accepted) {
			this.#accepted = true;
			this.finish();
			this.after(64 * this.owner.timers.t1, () => this.end());
		}
		if (this.#acks.size < 16) this.#acks.set(response.toTag, undefined);
		this.handlers.response(response, false);
	}

	#failure(response: SipResponse): void {
		if (this.#accepted) return;
		if (this.#ack === undefined) this.#ack = this.#ackOf(response);
		this.flow.send(this.#ack);
		if (this.done) return;
		this.finish();
		this.endAfter(64 * this.owner.timers.t1);
		this.handlers.response(response, false);
	}

	/** The ACK of a failure is part of this transaction: same branch, same Request-URI (RFC 3261, 17.1.1.3). */
	#ackOf(response: SipResponse): Buffer {
		const ack = this.#sibling("ACK");
		ack.headers.set("To", response.headers.get("to") ?? "");
		return writeMessage(ack);
	}

	#sibling(method: string): SipRequest {
		const { headers, uri, cseq } = this.request;
		const copy = new Headers();
		copy.add("Via", headers.get("via") ?? "");
		for (const route of headers.getAll("route")) copy.add("Route", route);
		copy.add("Max-Forwards", "70");
		copy.add("From", headers.get("from") ?? "");
		copy.add("To", headers.get("to") ?? "");
		copy.add("Call-ID", this.request.callId);
		copy.add("CSeq", `${cseq?.number ?? 1} ${method}`);
		return new SipRequest(method, uri, copy);
	}

	override cancel(
		headers: readonly (readonly [string, string])[] = [],
	): SipRequest | undefined {
		if (this.done) return undefined;
		if (this.#cancel !== undefined) return this.#cancel;
		const cancel = this.#sibling("CANCEL");
		for (const [name, value] of headers) cancel.headers.add(name, value);
		this.#cancel = cancel;
		if (this.#proceeding) this.#sendCancel(cancel);
		return cancel;
	}

	#sendCancel(cancel: SipRequest): void {
		this.stopTimers();
		this.after(64 * this.owner.timers.t1, () => this.silent());
		this.owner.start(cancel, this.flow, { response() {} }, this.branch);
	}

	override acknowledge(ack: SipRequest, flow: Flow = this.flow): boolean {
		this.owner.prepare(ack, flow);
		const bytes = writeMessage(ack);
		if (this.#accepted) this.#acks.set(ack.toTag, { bytes, flow });
		return flow.send(bytes);
	}
}
