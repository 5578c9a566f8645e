/** The client side of an INVITE: its ACKs, its CANCEL, and the answers that may come for long (RFC 3261, 17.1.1 and 9.1; RFC 6026, 7.2). */
import { AnyClientTransaction } from "./client-transaction.ts";
import { Headers } from "./headers.ts";
import { SipRequest, type SipResponse, writeMessage } from "./message.ts";
import type { Flow } from "./transport.ts";

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
