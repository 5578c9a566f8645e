/**
 * What a SIP transport is to the layers above it: flows that carry messages, and listeners that flows come from
 * (RFC 3261, section 18; RFC 5626 for the word flow).
 */
import type { SipMessage } from "./message.ts";
import type { SipParseError } from "./parse.ts";

/** What can be listened on. */
export type TransportName = "udp" | "tcp" | "ws";

/** What a message can travel by: connections over TLS are opened, not taken. */
export type FlowTransport = TransportName | "tls";

export interface HostPort {
	readonly host: string;
	readonly port: number;
}

/** A socket's own idea of an address, which is empty once it is closed; an IPv4 address seen through an IPv6 socket as IPv4. */
export function hostPortOf(
	host: string | undefined,
	port: number | undefined,
): HostPort {
	const mapped = host?.startsWith("::ffff:") === true && host.includes(".");
	return { host: mapped ? host.slice(7) : (host ?? ""), port: port ?? 0 };
}

export interface Address extends HostPort {
	readonly transport: TransportName;
}

/** Where a flow leads to. */
export interface Destination extends HostPort {
	readonly transport: FlowTransport;
	/** WebSocket: the path of the URL. Default `/`. */
	readonly path?: string;
	/** TLS: certificates (PEM) of who is trusted to say who the peer is, instead of Node's own. */
	readonly ca?: string;
}

/**
 * The way between this socket and one peer: a TCP or WebSocket connection, or a UDP socket with a remote address.
 * A stream's flow is one object for its whole life and may be compared by identity; UDP flows are equal when `key` is.
 */
export interface Flow {
	readonly transport: FlowTransport;
	/** Streams do not lose messages, so nothing is retransmitted on them. */
	readonly reliable: boolean;
	readonly local: HostPort;
	readonly remote: HostPort;
	/** Unique among the living flows of this process. */
	readonly key: string;
	readonly closed: boolean;
	/** When bytes last came, in milliseconds of `performance.now()`; never told on UDP. */
	readonly heardAt: number | undefined;
	/**
	 * Writes one message at once. False when it could not: the flow is closed, or its peer reads so slowly that the flow has
	 * just been closed for it.
	 */
	send(bytes: Buffer): boolean;
	/** Ends a stream; on UDP the flow is merely marked closed. */
	close(): void;
}

/** Told by every transport, for every flow. */
export interface FlowHandlers {
	message(message: SipMessage, flow: Flow): void;
	/** Bytes that are no SIP message; the transport closes a stream itself where its framing is lost. */
	malformed(error: SipParseError, flow: Flow): void;
	/** A stream ended, by whichever side; never told for UDP. */
	closed(flow: Flow): void;
}

export interface TransportLimits {
	/** Bytes that may wait for a slow peer before its connection is closed. */
	readonly unsentBytes: number;
	/** A stream without any byte from its peer for this long is closed; 0 for never. */
	readonly idleMs: number;
	/** A message that has begun on a stream must be complete after this long, or its connection is closed. */
	readonly messageMs: number;
	/** What unfinished messages of all streams may hold together; beyond it the largest grow no further: their connections end. */
	readonly partialBytes: number;
	/** Connections that one listener holds, in all and from one address. */
	readonly connections: number;
	readonly connectionsPerHost: number;
	/** How long a connection may take to be established. */
	readonly connectMs: number;
}

export const defaultTransportLimits: TransportLimits = {
	unsentBytes: 8 * 1024 * 1024,
	idleMs: 0,
	messageMs: 32_000,
	partialBytes: 64 * 1024 * 1024,
	connections: 20_000,
	connectionsPerHost: 10_000,
	connectMs: 10_000,
};

/** An open socket that accepts flows. */
export interface Listener extends Address {
	/** UDP: the flow from this socket to a peer. Streams: undefined, they must be connected. */
	flowTo(remote: HostPort): Flow | undefined;
	close(): Promise<void>;
}
