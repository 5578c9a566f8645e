/** What stands and falls with the control connection to one SIP server: its guard, who is told of its loss, registrations, the watchdog. */
import type { Socket } from "node:net";
import type { Logger } from "pino";
import type { Life } from "../life-options.ts";
import { keepAlive } from "./connection-life.ts";
import { guardControlConnection } from "./control-connection.ts";
import type { DrachtioServer, WireProtocol } from "./drachtio.ts";
import type { Registrations } from "./registrations.ts";
import {
	judgeServer,
	reportServer,
	type ServerReport,
} from "./server-report.ts";
import { noteServer } from "./sip-servers.ts";
import { createWatchdog, type WatchdogState } from "./watchdog.ts";

/** Control connections that were lost, and the dialogs that were lost with them, since the start. */
export interface Losses {
	readonly connections: number;
	readonly dialogs: number;
}

export interface ServerLink {
	connected(): boolean;
	/** What the SIP server has said of itself; undefined before the first connection. */
	report(): ServerReport | undefined;
	losses(): Losses;
	watchdog(): WatchdogState;
	/** Looks after nothing any more. */
	end(): void;
}

export interface ServerLinkNeeds {
	readonly server: DrachtioServer;
	/** From 1. */
	readonly number: number;
	readonly life: Life;
	readonly registrations: Pick<Registrations, "begin" | "lost">;
	readonly log: Logger;
	/** Ends what was on it, and gives the number of its dialogs. */
	readonly onLost: (socket: Socket) => number;
}

export function createServerLink(needs: ServerLinkNeeds): ServerLink {
	const { server, life, registrations, log } = needs;
	const losses = { connections: 0, dialogs: 0 };
	const watchdog = createWatchdog({
		log,
		everyMs: life.watchdogMs,
		uri: life.watchdogUri,
	});
	/** Control connections that the server has agreed to. */
	const standing = new Set<Socket>();
	let ended = false;

	function lost(socket: Socket): void {
		const dialogs = needs.onLost(socket);
		watchdog.lost(socket);
		registrations.lost(socket);
		if (!standing.delete(socket) || ended) return;
		losses.connections += 1;
		losses.dialogs += dialogs;
		log.error({ dialogs }, "control connection lost; made again");
	}

	const report = reportServer(server, log);
	function look(): void {
		guardOnce(needs, lost);
		for (const [socket, its] of server.app.client?.mapServer ?? []) {
			if (!its.ready || standing.has(socket)) continue;
			standing.add(socket);
			const { hostport = "", serverVersion } = its;
			const found = judgeServer({
				hostports: hostport ?? "",
				version: serverVersion ?? undefined,
				control: socket.remoteAddress,
			});
			registrations.begin(socket, found);
			watchdog.begin(socket, found);
		}
	}

	look();
	server.on("connect", look);
	return {
		connected: () =>
			[...(server.app.client?.mapServer.values() ?? [])].some(
				({ ready }) => ready,
			),
		report: report.last,
		losses: () => ({ ...losses }),
		watchdog: watchdog.state,
		end() {
			ended = true;
			server.removeListener("connect", look);
			report.stop();
			watchdog.close();
		},
	};
}

/** The library makes its wire when it connects, and keeps it over reconnections. */
const guarded = new WeakSet<WireProtocol>();

function guardOnce(
	{ server, number, life, log }: ServerLinkNeeds,
	onLost: (socket: Socket) => void,
): void {
	const { client } = server.app;
	if (client === undefined || guarded.has(client.wp)) return;
	guarded.add(client.wp);
	for (const socket of client.mapServer.keys()) noteServer(socket, number);
	client.wp.on("connect", (socket) => noteServer(socket, number));
	keepAlive(client.wp, client.mapServer.keys(), life, log);
	guardControlConnection(client.wp, client.mapServer.keys(), log, onLost);
}
