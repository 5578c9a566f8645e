/** What a transaction is to its user (RFC 3261, section 17; RFC 6026): the state machines behind it are in the files beside. */
import type { SipRequest, SipResponse } from "./message.ts";
import type { Flow } from "./transport.ts";

/** A request received, until its answer needs no more care. */
export interface ServerTransaction {
	readonly request: SipRequest;
	/** The flow it came on, which its responses go to. */
	readonly flow: Flow;
	/** The last response sent, of either kind. */
	readonly lastResponse: SipResponse | undefined;
	/** True once a final response was sent or the transaction was given up. */
	readonly answered: boolean;
	/**
	 * Sends a response, made with `responseTo(transaction.request, status)`. False when it could not be: a final response was
	 * sent before, or the flow is closed.
	 */
	respond(response: SipResponse): boolean;
	/**
	 * INVITE: its CANCEL came and was answered 200. The user then responds 487; nobody else does it for him.
	 */
	onCancel: ((cancel: SipRequest) => void) | undefined;
	/** INVITE: the ACK of its 2xx came, once. */
	onAck: ((ack: SipRequest) => void) | undefined;
	/** INVITE: its 2xx was retransmitted for 64*T1 and no ACK came. */
	onAckTimeout: (() => void) | undefined;
	/** Forgets the request without an answer; retransmissions of it are absorbed until it would have ended anyway. */
	abandon(): void;
}

export interface ResponseHandlers {
	/**
	 * Every provisional response, then one final one (an INVITE that forks may have several 2xx, each To tag once).
	 * `local` responses were never on the wire: 408 when the peer was silent, 503 when the flow failed.
	 */
	response(response: SipResponse, local: boolean): void;
}

/** A request sent, until its answer needs no more care. */
export interface ClientTransaction {
	/** As sent, with its Via. */
	readonly request: SipRequest;
	readonly flow: Flow;
	/** True until a final response came. */
	readonly pending: boolean;
	/**
	 * INVITE: sends CANCEL, at once or as soon as a provisional response came; the INVITE still ends by its own final response.
	 * Does nothing, and is undefined, when that came already; else it is the CANCEL.
	 */
	cancel(
		headers?: readonly (readonly [name: string, value: string])[],
	): SipRequest | undefined;
	/**
	 * INVITE answered 2xx: sends this ACK (its Via is added, like a request's) and sends it again for every repetition of that 2xx.
	 */
	acknowledge(ack: SipRequest, flow?: Flow): boolean;
}
