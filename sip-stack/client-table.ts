/** The client transactions of one stack: gives requests their Via, finds the transaction of a response (RFC 3261, 17.1.3 and 18.1.1). */
import {
	type AnyClientTransaction,
	type ClientTransactionOwner,
	NonInviteClientTransaction,
} from "./client-transaction.ts";
import { newBranch } from "./identifiers.ts";
import { InviteClientTransaction } from "./invite-client-transaction.ts";
import type { SipRequest, SipResponse } from "./message.ts";
import type { SipTimers, TimerOwner } from "./timers.ts";
import type { ClientTransaction, ResponseHandlers } from "./transaction.ts";
import type { Flow } from "./transport.ts";
import { hostText } from "./uri.ts";

const transportText = {
	udp: "UDP",
	tcp: "TCP",
	tls: "TLS",
	ws: "WS",
} as const;

export class ClientTable implements ClientTransactionOwner {
	readonly timers: SipTimers;
	readonly timerOwner: TimerOwner;
	readonly #max: number;
	readonly #all = new Map<string, AnyClientTransaction>();
	readonly #byFlow = new Map<Flow, Set<AnyClientTransaction>>();
	#pending = 0;

	constructor(timers: SipTimers, timerOwner: TimerOwner, max: number) {
		this.timers = timers;
		this.timerOwner = timerOwner;
		this.#max = max;
	}

	get size(): number {
		return this.#all.size;
	}

	request(
		request: SipRequest,
		flow: Flow,
		handlers: ResponseHandlers,
	): ClientTransaction {
		const branch = newBranch();
		this.#addVia(request, flow, branch);
		return this.start(request, flow, handlers, branch);
	}

	start(
		request: SipRequest,
		flow: Flow,
		handlers: ResponseHandlers,
		branch: string,
	): ClientTransaction {
		const Kind =
			request.method === "INVITE"
				? InviteClientTransaction
				: NonInviteClientTransaction;
		const transaction = new Kind(request, flow, branch, handlers, this);
		this.#all.set(transaction.key, transaction);
		this.#pending++;
		if (flow.reliable) this.#of(flow).add(transaction);
		if (this.#pending > this.#max) transaction.refuse();
		else transaction.start();
		return transaction;
	}

	prepare(request: SipRequest, flow: Flow): void {
		this.#addVia(request, flow, newBranch());
	}

	#addVia(request: SipRequest, flow: Flow, branch: string): void {
		const { host, port } = flow.local;
		const { headers } = request;
		const sentBy = `${transportText[flow.transport]} ${hostText(host)}:${port}`;
		if (!headers.has("max-forwards")) headers.prepend("Max-Forwards", "70");
		const rport = flow.reliable ? "" : ";rport";
		headers.prepend("Via", `SIP/2.0/${sentBy}${rport};branch=${branch}`);
	}

	#of(flow: Flow): Set<AnyClientTransaction> {
		let set = this.#byFlow.get(flow);
		if (set === undefined) {
			set = new Set();
			this.#byFlow.set(flow, set);
		}
		return set;
	}

	/** False when the response belongs to no transaction: it is late, or a lie. */
	receive(response: SipResponse): boolean {
		const branch = response.via?.params.get("branch") ?? "";
		const method = response.cseq?.method ?? "";
		const transaction = this.#all.get(`${branch} ${method}`);
		transaction?.receive(response);
		return transaction !== undefined;
	}

	/** A stream is gone: whatever waited on it fails now (RFC 3261, 17.1.4). */
	flowClosed(flow: Flow): void {
		const waiting = this.#byFlow.get(flow);
		if (waiting === undefined) return;
		this.#byFlow.delete(flow);
		for (const transaction of [...waiting]) transaction.fail(503);
	}

	answered(transaction: AnyClientTransaction): void {
		this.#pending--;
		const ofFlow = this.#byFlow.get(transaction.flow);
		ofFlow?.delete(transaction);
		if (ofFlow?.size === 0) this.#byFlow.delete(transaction.flow);
	}

	ended(transaction: AnyClientTransaction): void {
		this.#all.delete(transaction.key);
	}

	close(): void {
		for (const transaction of [...this.#all.values()]) transaction.end();
	}
}
