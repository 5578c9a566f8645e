/** Transports and transactions joined: the object that a user agent or server is built on (RFC 3261, figure in section 5). */

import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { ClientTable } from "./client-table.ts";
import { Closing } from "./closing.ts";
import type { StreamContext } from "./connections.ts";
import { newTag } from "./identifiers.ts";
import {
	responseTo,
	type SipMessage,
	type SipRequest,
	writeMessage,
} from "./message.ts";
import { defaultLimits, type MessageLimits, SipParseError } from "./parse.ts";
import { Partials } from "./partials.ts";
import { noteSource } from "./received.ts";
import { overloadResponse, ServerTable } from "./server-table.ts";
import { connectTcp, connectTls, listenTcp } from "./tcp.ts";
import { defaultTimers, type SipTimers, TimerOwner } from "./timers.ts";
import type {
	ClientTransaction,
	ResponseHandlers,
	ServerTransaction,
} from "./transaction.ts";
import {
	type Address,
	type Destination,
	defaultTransportLimits,
	type Flow,
	type FlowHandlers,
	type Listener,
	type TransportLimits,
} from "./transport.ts";
import { listenUdp } from "./udp.ts";
import { hostText } from "./uri.ts";
import { connectWs, listenWs } from "./ws.ts";

export interface StackOptions {
	/** Every new request but ACK and CANCEL. The user answers it, now or later. */
	readonly onRequest: (transaction: ServerTransaction) => void;
	/**
	 * Why a well-formed message is still refused: a request is answered 400 with these words, a response or an ACK dropped, before any
	 * transaction sees it. For users that pass messages on to readers of less patience.
	 */
	readonly faultOf?: (message: SipMessage) => string | undefined;
	/** True for a request that is one too many from its sender: answered 503, or dropped on UDP, where its sender repeats it. */
	readonly sheds?: (request: SipRequest, flow: Flow) => boolean;
	/** An ACK that belongs to no transaction here. */
	readonly onStrayAck?: (ack: SipRequest, flow: Flow) => void;
	/** A stream ended. Transactions waiting on it have been told (503) before. */
	readonly onFlowClosed?: (flow: Flow) => void;
	/** Bytes that were no message; they are answered or dropped already. For a (rate-limited) log line. */
	readonly onMalformed?: (error: SipParseError, flow: Flow) => void;
	/** A request was answered 503 because the bounds of this stack are reached. */
	readonly onOverload?: (request: SipRequest, flow: Flow) => void;
	readonly timers?: Partial<SipTimers>;
	readonly messageLimits?: Partial<MessageLimits>;
	readonly transportLimits?: Partial<TransportLimits>;
	/** Requests that may wait for their answer at once, in each direction; more are refused with 503. */
	readonly maxTransactions?: number;
	/** Requests that may wait for our answer at once from one remote host. */
	readonly maxTransactionsPerHost?: number;
}

const maxTransactionsDefault = 20_000;

export class SipStack implements FlowHandlers {
	readonly #options: StackOptions;
	readonly #messageLimits: MessageLimits;
	readonly #context: StreamContext;
	readonly #timerOwner = new TimerOwner();
	readonly #closing = new Closing();
	readonly #servers: ServerTable;
	readonly #clients: ClientTable;
	readonly #listeners: Listener[] = [];

	constructor(options: StackOptions) {
		const timers = { ...defaultTimers, ...options.timers };
		const max = options.maxTransactions ?? maxTransactionsDefault;
		this.#options = options;
		this.#messageLimits = { ...defaultLimits, ...options.messageLimits };
		const transportLimits = {
			...defaultTransportLimits,
			...options.transportLimits,
		};
		this.#context = {
			messageLimits: this.#messageLimits,
			transportLimits,
			partials: new Partials(transportLimits.partialBytes),
			handlers: this,
			timers: this.#timerOwner,
			closing: this.#closing,
		};
		this.#clients = new ClientTable(timers, this.#timerOwner, max);
		this.#servers = new ServerTable({
			timers,
			timerOwner: this.#timerOwner,
			max,
			maxPerHost: options.maxTransactionsPerHost ?? max,
		});
	}

	/** Opens a socket for requests; port 0 is any free port, the listener tells which. */
	async listen(address: Address): Promise<Listener> {
		this.#mustBeOpen();
		const listener =
			address.transport === "udp"
				? await listenUdp(address, this.#messageLimits, this)
				: address.transport === "tcp"
					? await listenTcp(address, this.#context)
					: await listenWs(address, this.#context);
		this.#listeners.push(listener);
		return listener;
	}

	/**
	 * A flow to this address. TCP, TLS and WebSocket: a new connection. UDP: from the first UDP listener of the same
	 * address family, or from a socket opened for it on a free port, which takes requests too.
	 * @throws Error when there is no connection to be had, or by TLS a peer that is not who it should be
	 */
	async connect(address: Destination): Promise<Flow> {
		this.#mustBeOpen();
		if (address.transport === "tcp") return connectTcp(address, this.#context);
		if (address.transport === "tls") return connectTls(address, this.#context);
		if (address.transport === "ws") {
			const { path = "/" } = address;
			const url = `ws://${hostText(address.host)}:${address.port}${path}`;
			return connectWs(url, this.#context);
		}
		const host =
			isIP(address.host) === 0
				? (await lookup(address.host)).address
				: address.host;
		const remote = { host, port: address.port };
		const v6 = host.includes(":");
		const listener =
			this.#listeners.find(
				(one) => one.transport === "udp" && one.host.includes(":") === v6,
			) ??
			(await this.listen({
				transport: "udp",
				host: v6 ? "::" : "0.0.0.0",
				port: 0,
			}));
		const flow = listener.flowTo(remote);
		if (flow === undefined) throw new Error("no UDP socket");
		return flow;
	}

	/**
	 * Sends a request in a transaction of its own. The request brings From, To, Call-ID, CSeq and what it likes; the topmost Via is
	 * added here, and Max-Forwards when missing. Where it cannot be sent, or too many wait for their answer, it is answered by a local 503.
	 */
	request(
		request: SipRequest,
		flow: Flow,
		handlers: ResponseHandlers,
	): ClientTransaction {
		return this.#clients.request(request, flow, handlers);
	}

	/** Transactions and timers that are alive: nothing is left after `close`. */
	get alive(): { server: number; client: number; timers: number } {
		return {
			server: this.#servers.size,
			client: this.#clients.size,
			timers: this.#timerOwner.size,
		};
	}

	/** Bytes of messages that have begun to come in on streams and are not complete. */
	get partialBytes(): number {
		return this.#context.partials.total;
	}

	/** Ends everything at once: transactions without a word to their users, timers, connections, sockets. */
	async close(): Promise<void> {
		this.#closing.close();
		this.#servers.close();
		this.#clients.close();
		this.#timerOwner.close();
		await Promise.all(this.#listeners.map((listener) => listener.close()));
	}

	#mustBeOpen(): void {
		if (this.#closing.closed) throw new Error("the stack is closed");
	}

	/** Told by the transports. */
	message(message: SipMessage, flow: Flow): void {
		if (this.#closing.closed) return;
		const fault = this.#options.faultOf?.(message);
		if (fault !== undefined) {
			const request = message.kind === "request" ? message : undefined;
			this.malformed(new SipParseError(400, fault, request), flow);
			return;
		}
		if (message.kind === "response") {
			this.#clients.receive(message);
			return;
		}
		noteSource(message, flow);
		if (message.method === "ACK") this.#ack(message, flow);
		else if (message.method === "CANCEL") this.#cancel(message, flow);
		else this.#request(message, flow);
	}

	#request(request: SipRequest, flow: Flow): void {
		if (this.#options.sheds?.(request, flow) === true) {
			if (flow.reliable)
				flow.send(writeMessage(overloadResponse(request, newTag())));
			this.#options.onOverload?.(request, flow);
			return;
		}
		const found = this.#servers.take(request, flow);
		if (found.kind === "new") this.#options.onRequest(found.transaction);
		else if (found.kind === "overload") {
			flow.send(writeMessage(overloadResponse(request, newTag())));
			this.#options.onOverload?.(request, flow);
		}
	}

	#ack(ack: SipRequest, flow: Flow): void {
		if (!this.#servers.acknowledge(ack)) this.#options.onStrayAck?.(ack, flow);
	}

	/** CANCEL is answered here, hop by hop (RFC 3261, 9.2); it changes nothing once the INVITE is answered. */
	#cancel(cancel: SipRequest, flow: Flow): void {
		const invite = this.#servers.cancelled(cancel);
		const found = this.#servers.take(cancel, flow);
		if (found.kind !== "new") return;
		const toTag = invite?.lastResponse?.toTag || newTag();
		const status = invite === undefined ? 481 : 200;
		found.transaction.respond(responseTo(cancel, status, { toTag }));
		if (invite !== undefined && !invite.answered) invite.onCancel?.(cancel);
	}

	/** Told by the transports. */
	malformed(error: SipParseError, flow: Flow): void {
		if (this.#closing.closed) return;
		const { request } = error;
		if (request !== undefined && request.method !== "ACK" && request.via) {
			noteSource(request, flow);
			const toTag = newTag();
			const reason = error.status === 400 ? error.message : undefined;
			const options = reason === undefined ? { toTag } : { toTag, reason };
			flow.send(writeMessage(responseTo(request, error.status, options)));
		}
		this.#options.onMalformed?.(error, flow);
	}

	/** Told by the transports. */
	closed(flow: Flow): void {
		if (this.#closing.closed) return;
		this.#clients.flowClosed(flow);
		this.#options.onFlowClosed?.(flow);
	}
}
