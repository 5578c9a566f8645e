/**
 * A small SIP server for evaluation and tests that drachtio-srf cannot tell from drachtio-server, for what this project uses of it:
 * SIP over UDP, TCP and WebSocket on one side (RFC 3261, 7118), drachtio's control protocol on the other. It knows nothing of chat.
 */
import {
	hostText,
	type Listener,
	localHostTowards,
	SipStack,
	TimerOwner,
	type TransportName,
} from "../sip-stack/index.ts";
import { Applications } from "./applications.ts";
import { ControlServer } from "./control-server.ts";
import { Dialogs } from "./dialogs.ts";
import type { Edge } from "./edge.ts";
import { unfitness } from "./fitness.ts";
import { LimitedWarnings } from "./log.ts";
import { onNetworkRequest } from "./network-requests.ts";
import {
	defaultEdgeLimits,
	defaultEdgeTimers,
	type EdgeLimits,
	type EdgeOptions,
} from "./options.ts";
import { Reach } from "./reach.ts";
import { Sources } from "./sources.ts";

export type { EdgeLog } from "./log.ts";
export type {
	EdgeLimits,
	EdgeOptions,
	EdgeTimers,
	ListenAddress,
} from "./options.ts";

export interface BoundAddress {
	readonly transport: TransportName;
	readonly host: string;
	readonly port: number;
}

export interface RunningEdge {
	/** Where SIP is listened for, in the order of the options, with the ports that were free. */
	readonly sip: readonly BoundAddress[];
	/** Where applications connect. */
	readonly admin: { readonly host: string; readonly port: number };
	/** What is alive in it; all zero after `close`. */
	readonly alive: () => {
		readonly dialogs: number;
		readonly applications: number;
		readonly transactions: number;
		/** Ways to clients and addresses that are remembered. */
		readonly ways: number;
		/** Bytes of messages that have only half come in. */
		readonly partialBytes: number;
		readonly timers: number;
	};
	/** Ends every connection, transaction, dialog and timer at once; resolves when the ports are free again. */
	close(): Promise<void>;
}

/**
 * Starts an edge. Applications must authenticate (drachtio-server does not insist). Start lines and headers that drachtio-server would
 * cut short are refused with NOK; a control frame that would overflow drachtio-server's read buffer ends its connection.
 * @throws Error when an address cannot be bound; nothing is left open then
 */
export async function startEdge(options: EdgeOptions): Promise<RunningEdge> {
	const limits = { ...defaultEdgeLimits, ...options.limits };
	const timers = { ...defaultEdgeTimers, ...options.timers };
	const timerOwner = new TimerOwner();
	const { log } = options;
	const warnings = new LimitedWarnings(log, timerOwner);
	const listeners: Listener[] = [];
	const sources = new Sources(limits.requestsPerSecond, limits.requestBurst);
	const stack: SipStack = new SipStack({
		...stackLimits(limits),
		timers: options.timers ?? {},
		faultOf: unfitness,
		sheds: (request, { remote }) =>
			edge.dialogs.ofRequest(request) === undefined &&
			!sources.take(remote.host),
		onRequest: (transaction) => onNetworkRequest(edge, transaction),
		onFlowClosed: (flow) => edge.reach.flowClosed(flow),
		onMalformed: (error, { remote, transport }) =>
			warnings.warn({ remote, transport, reason: error.message }, "malformed"),
		onOverload: (_request, { remote, transport }) =>
			warnings.warn({ remote, transport }, "too many requests"),
	});
	const edge: Edge = {
		stack,
		reach: new Reach(stack, timerOwner, listeners),
		dialogs: new Dialogs(limits.dialogs),
		applications: new Applications(),
		log,
		warnings,
		timers,
		limits,
		timerOwner,
	};
	let control: ControlServer | undefined;
	const close = async () => {
		timerOwner.close();
		await Promise.all([control?.close(), stack.close()]);
		edge.reach.close();
		for (const dialog of [...edge.dialogs]) edge.dialogs.remove(dialog);
	};
	try {
		for (const address of options.listen)
			listeners.push(await stack.listen(address));
		const server = new ControlServer({
			edge,
			host: options.admin.host ?? "127.0.0.1",
			port: options.admin.port,
			secret: options.admin.secret,
			hostPorts: listeners.map(hostPortText).join(","),
			authenticateMs: timers.authenticateMs,
			maxApplications: limits.applications,
		});
		const admin = await server.listen();
		control = server;
		const sip = listeners.map(({ transport, host, port }) => ({
			transport,
			host,
			port,
		}));
		log.info(
			{ sip, admin },
			"embedded SIP edge: for evaluation and tests, not for an operator's network",
		);
		return { sip, admin, alive: () => alive(edge), close };
	} catch (error) {
		await close();
		throw error;
	}
}

/** An address that applications can use, also where the listener is bound to all of them. */
function hostPortText({ transport, host, port }: Listener): string {
	const concrete = localHostTowards(host, host === "::" ? "::" : "0.0.0.0");
	return `${transport}/${hostText(concrete)}:${port}`;
}

function stackLimits(limits: EdgeLimits) {
	return {
		maxTransactions: limits.transactions,
		maxTransactionsPerHost: limits.transactionsPerHost,
		transportLimits: {
			connections: limits.connections,
			connectionsPerHost: limits.connectionsPerHost,
			idleMs: limits.idleMs,
			partialBytes: limits.partialBytes,
		},
	};
}

function alive(edge: Edge) {
	const { server, client, timers } = edge.stack.alive;
	return {
		dialogs: edge.dialogs.size,
		applications: edge.applications.size,
		transactions: server + client,
		ways: edge.reach.size,
		partialBytes: edge.stack.partialBytes,
		timers: timers + edge.timerOwner.size,
	};
}
