// Transports and transactions joined: the object that a user agent or server is built on (RFC 3261, figure in section 5).
import type { SipRequest } from "./message.ts";
import type { MessageLimits, SipParseError } from "./parse.ts";
import type { SipTimers } from "./timers.ts";
import type {
	ClientTransaction,
	ResponseHandlers,
	ServerTransaction,
} from "./transaction.ts";
import type { Address, Flow, Listener, TransportLimits } from "./transport.ts";

export interface StackOptions {
	/** Every new request but ACK and a matching CANCEL. The user answers it, now or later. */
	readonly onRequest: (transaction: ServerTransaction) => void;
	/** An ACK that belongs to no transaction here. */
	readonly onStrayAck?: (ack: SipRequest, flow: Flow) => void;
	/** A stream ended. Transactions waiting on it have been told (503) before. */
	readonly onFlowClosed?: (flow: Flow) => void;
	/** Bytes that were no message; they are answered or dropped already. For a (rate-limited) log line. */
	readonly onMalformed?: (error: SipParseError, flow: Flow) => void;
	/** A request was answered 503 or dropped because the bounds of this stack are reached. */
	readonly onOverload?: (what: string, flow: Flow) => void;
	readonly timers?: Partial<SipTimers>;
	readonly messageLimits?: Partial<MessageLimits>;
	readonly transportLimits?: Partial<TransportLimits>;
	/** Transactions of both kinds that may live at once; more are refused with 503. */
	readonly maxTransactions?: number;
	/** Server transactions that one remote host may have open at once. */
	readonly maxTransactionsPerHost?: number;
}

export class SipStack {
	readonly #options: StackOptions;

	constructor(options: StackOptions) {
		this.#options = options;
	}

	/** Opens a socket for requests; port 0 is any free port, the listener tells which. */
	async listen(_address: Address): Promise<Listener> {
		throw new Error("not yet");
	}

	/**
	 * A flow to this address. TCP and WebSocket: a new connection (WebSocket to `path`, default "/"). UDP: from the first UDP listener of the same
	 * address family, or from a socket opened for it on a free port, which takes requests too.
	 */
	async connect(_address: Address, _path?: string): Promise<Flow> {
		throw new Error("not yet");
	}

	/**
	 * Sends a request in a transaction of its own. The request brings From, To, Call-ID, CSeq and what it likes; the topmost Via is
	 * added here (and Max-Forwards when missing).
	 */
	request(
		_request: SipRequest,
		_flow: Flow,
		_handlers: ResponseHandlers,
	): ClientTransaction {
		throw new Error("not yet");
	}

	/** Ends everything at once: transactions without a word to their users, timers, connections, sockets. */
	async close(): Promise<void> {
		void this.#options;
	}
}
