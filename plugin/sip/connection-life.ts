/**
 * The life of the control connection: a silent one is found out, a lost one is made again, for ever.
 *
 * COMPAT(drachtio-srf): it sends pings and never looks for their answers, waits for a new connection as long as the kernel
 * does (two minutes), and makes it again after times that are the same for every node, so that all come at once.
 */
import type { Socket } from "node:net";
import type { Logger } from "pino";
import type { WireProtocol } from "./drachtio.ts";

export interface ConnectionLimits {
	/** After so long without a word the server is asked whether it is there. */
	readonly askMs: number;
	/** Without an answer for so long the connection is given up. */
	readonly silentMs: number;
	/** Between two attempts to connect again, at most. */
	readonly retryMs: number;
}

const firstRetryMs = 250;
const growth = 1.7;
/** An attempt that takes longer is given up. */
const connectMs = 10_000;

export function keepAlive(
	wire: WireProtocol,
	/** The connections that stand already. */
	connected: Iterable<Socket>,
	limits: ConnectionLimits,
	log: Logger,
): void {
	const heardAt = new WeakMap<Socket, number>();

	function watch(socket: Socket): void {
		heardAt.set(socket, performance.now());
		let asked: number | undefined;
		const timer = setInterval(() => {
			const now = performance.now();
			const heard = heardAt.get(socket) ?? now;
			if (asked !== undefined && heard >= asked) asked = undefined;
			if (asked !== undefined && now - asked >= limits.silentMs) {
				log.error(
					{ silentMs: Math.round(now - heard) },
					"SIP server silent; control connection given up",
				);
				socket.destroy();
			} else if (asked === undefined && now - heard >= limits.askMs) {
				asked = now;
				wire.send(socket, "ping");
			}
		}, Math.min(limits.askMs, limits.silentMs) / 4);
		socket.once("close", () => clearInterval(timer));
	}

	for (const socket of connected) watch(socket);
	wire.on("connect", watch);
	wire.on("msg", (socket) => {
		heardAt.set(socket, performance.now());
	});

	wire.on("reconnecting", () => {
		const waits = wire.reconnectVars;
		waits.retryDelay = retryAfterMs(waits.attempts - 1, limits.retryMs);
		setTimeout(() => {
			if (wire.socket?.connecting) wire.socket.destroy();
		}, waits.retryDelay + connectMs).unref();
	});
}

/** Longer each time, and never the same for two nodes; `attempt` counts from 1. */
export function retryAfterMs(attempt: number, longestMs: number): number {
	const steps = Math.min(Math.max(attempt - 1, 0), 50);
	const most = Math.min(firstRetryMs * growth ** steps, longestMs);
	return Math.ceil(most * (0.5 + Math.random() / 2));
}
