/** What an edge is started with, and its defaults. */
import type { SipTimers, TransportName } from "../sip-stack/index.ts";
import type { EdgeLog } from "./log.ts";

export interface ListenAddress {
	readonly transport: TransportName;
	readonly host: string;
	/** 0 for any free port. */
	readonly port: number;
}

export interface EdgeTimers extends SipTimers {
	/** What counts as a second in Session-Expires. */
	readonly sessionSecondMs: number;
	/** A request that its application has not answered after this long is forgotten. */
	readonly applicationMs: number;
	/** An application that reads nothing at all for this long, though something waits for it, is given up. */
	readonly stuckMs: number;
	/** A control connection must authenticate within this long. */
	readonly authenticateMs: number;
}

export interface EdgeLimits {
	/** Requests that may wait for an answer at once, in each direction; beyond it 503. */
	readonly transactions: number;
	readonly transactionsPerHost: number;
	/** Beyond it an INVITE or SUBSCRIBE is answered 503. */
	readonly dialogs: number;
	/** SIP connections, in all and from one address. */
	readonly connections: number;
	readonly connectionsPerHost: number;
	/** What messages that have only half come in may hold, over all connections. */
	readonly partialBytes: number;
	/** Requests outside dialogs from one source address, in the long run and at once; beyond it 503, on UDP silence. */
	readonly requestsPerSecond: number;
	readonly requestBurst: number;
	/** A SIP connection that is silent for this long is closed. */
	readonly idleMs: number;
	readonly applications: number;
	/** When this much waits for an application to read, new requests for it are answered 503, those in its dialogs only at the second. */
	readonly unreadBytes: number;
	readonly unreadBytesInDialogs: number;
}

export interface EdgeOptions {
	readonly listen: readonly ListenAddress[];
	/** Where applications connect. There is no encryption: anything but loopback must be behind a firewall. */
	readonly admin: {
		readonly host?: string;
		readonly port: number;
		readonly secret: string;
	};
	readonly log: EdgeLog;
	/** Shorter ones for tests. */
	readonly timers?: Partial<EdgeTimers>;
	readonly limits?: Partial<EdgeLimits>;
}

export const defaultEdgeTimers: Omit<EdgeTimers, keyof SipTimers> = {
	sessionSecondMs: 1000,
	applicationMs: 64_000,
	stuckMs: 30_000,
	authenticateMs: 10_000,
};

export const defaultEdgeLimits: EdgeLimits = {
	transactions: 20_000,
	transactionsPerHost: 10_000,
	dialogs: 50_000,
	connections: 20_000,
	connectionsPerHost: 1_000,
	partialBytes: 64 * 1024 * 1024,
	requestsPerSecond: 500,
	requestBurst: 1_000,
	idleMs: 2 * 60 * 60 * 1000,
	applications: 64,
	unreadBytes: 8 * 1024 * 1024,
	unreadBytesInDialogs: 32 * 1024 * 1024,
};
