/** Finds the server transaction that a request belongs to, by branch or by the older rules (RFC 3261, 17.2.3; RFC 2543 clients). */
import { branchCookie } from "./identifiers.ts";
import { responseTo, type SipRequest } from "./message.ts";
import {
	type AnyServerTransaction,
	InviteServerTransaction,
	NonInviteServerTransaction,
	type ServerTransactionOwner,
} from "./server-transaction.ts";
import type { SipTimers, TimerOwner } from "./timers.ts";
import type { Flow } from "./transport.ts";

export interface ServerTableOptions {
	readonly timers: SipTimers;
	readonly timerOwner: TimerOwner;
	/** Requests that may wait for their answer at once, in all and from one host; answered ones that are remembered, in all. */
	readonly max: number;
	readonly maxPerHost: number;
}

/** What became of a request: it starts a transaction, was dealt with here, or is too many. */
export type Found =
	| { readonly kind: "new"; readonly transaction: AnyServerTransaction }
	| { readonly kind: "absorbed" }
	| { readonly kind: "overload" };

const absorbedRequest: Found = { kind: "absorbed" };
const overloadAnswer: Found = { kind: "overload" };

function transactionKey(
	request: SipRequest,
	method: string,
	toTag: string,
): string {
	const { via } = request;
	const branch = via?.params.get("branch") ?? "";
	if (branch.startsWith(branchCookie))
		return `${branch} ${via?.host}:${via?.port ?? ""} ${method}`;
	const top = request.headers.get("via");
	return `${request.callId} ${request.cseq?.number} ${request.fromTag} ${toTag} ${method} ${request.uri} ${top}`;
}

/** What the ACK of a 2xx has in common with its INVITE: it is a transaction of its own, but in the same dialog. */
function ackKey(request: SipRequest, toTag: string): string {
	return `${request.callId} ${request.cseq?.number} ${request.fromTag} ${toTag}`;
}

export class ServerTable implements ServerTransactionOwner {
	readonly timers: SipTimers;
	readonly timerOwner: TimerOwner;
	readonly #options: ServerTableOptions;
	readonly #all = new Map<string, AnyServerTransaction>();
	/** Waiting for their answer, by remote host. */
	readonly #waiting = new Map<string, number>();
	#waitingCount = 0;
	/** Answered and kept against retransmissions, the oldest first. */
	readonly #answered = new Set<AnyServerTransaction>();
	readonly #accepted = new Map<string, InviteServerTransaction>();

	constructor(options: ServerTableOptions) {
		this.#options = options;
		this.timers = options.timers;
		this.timerOwner = options.timerOwner;
	}

	get size(): number {
		return this.#all.size;
	}

	/** Takes any request but ACK. */
	take(request: SipRequest, flow: Flow): Found {
		const key = transactionKey(request, request.method, request.toTag);
		const known = this.#all.get(key);
		if (known !== undefined) {
			known.repeat();
			return absorbedRequest;
		}
		const { host } = flow.remote;
		const ofHost = this.#waiting.get(host) ?? 0;
		const { max, maxPerHost } = this.#options;
		if (this.#waitingCount >= max || ofHost >= maxPerHost)
			return overloadAnswer;
		const Kind =
			request.method === "INVITE"
				? InviteServerTransaction
				: NonInviteServerTransaction;
		const transaction = new Kind(request, flow, key, this);
		this.#all.set(key, transaction);
		this.#waiting.set(host, ofHost + 1);
		this.#waitingCount++;
		return { kind: "new", transaction };
	}

	/** The INVITE that a CANCEL is for, if it is still here. */
	cancelled(cancel: SipRequest): InviteServerTransaction | undefined {
		const key = transactionKey(cancel, "INVITE", cancel.toTag);
		const invite = this.#all.get(key);
		return invite instanceof InviteServerTransaction ? invite : undefined;
	}

	/** Takes an ACK; false when it is for nothing that is known here. */
	acknowledge(ack: SipRequest): boolean {
		const invite = this.#acknowledged(ack);
		if (invite === undefined) return false;
		this.#accepted.delete(ackKey(ack, ack.toTag));
		invite.acknowledged(ack);
		return true;
	}

	#acknowledged(ack: SipRequest): InviteServerTransaction | undefined {
		const accepted = this.#accepted.get(ackKey(ack, ack.toTag));
		if (accepted !== undefined) return accepted;
		for (const toTag of ["", ack.toTag]) {
			const found = this.#all.get(transactionKey(ack, "INVITE", toTag));
			if (found instanceof InviteServerTransaction && found.answered)
				return found;
		}
		return undefined;
	}

	answered(transaction: AnyServerTransaction): void {
		this.#noLongerWaiting(transaction.flow.remote.host);
		this.#answered.add(transaction);
		if (this.#answered.size > this.#options.max)
			for (const oldest of this.#answered) {
				oldest.end();
				break;
			}
		const response = transaction.lastResponse;
		if (transaction instanceof InviteServerTransaction && transaction.accepted)
			this.#accepted.set(
				ackKey(transaction.request, response?.toTag ?? ""),
				transaction,
			);
	}

	ended(transaction: AnyServerTransaction): void {
		if (this.#all.get(transaction.key) === transaction)
			this.#all.delete(transaction.key);
		if (!this.#answered.delete(transaction))
			this.#noLongerWaiting(transaction.flow.remote.host);
		if (!(transaction instanceof InviteServerTransaction)) return;
		const toTag = transaction.lastResponse?.toTag ?? "";
		const key = ackKey(transaction.request, toTag);
		if (this.#accepted.get(key) === transaction) this.#accepted.delete(key);
	}

	#noLongerWaiting(host: string): void {
		this.#waitingCount--;
		const left = (this.#waiting.get(host) ?? 1) - 1;
		if (left > 0) this.#waiting.set(host, left);
		else this.#waiting.delete(host);
	}

	close(): void {
		for (const transaction of [...this.#all.values()]) transaction.end();
	}
}

/** The answer to a request that is one too many. */
export function overloadResponse(request: SipRequest, toTag: string) {
	const response = responseTo(request, 503, { toTag });
	response.headers.add("Retry-After", "5");
	return response;
}
