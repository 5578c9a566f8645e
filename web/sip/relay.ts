/**
 * SIP of browsers over this door's own port, so that a firewall, a proxy and a certificate serve pages and SIP alike: each
 * WebSocket of a page that is signed in is joined to one of the SIP server's.
 */
import type { FastifyRequest } from "fastify";
import type { WebSocket } from "ws";
import { demandOwnOrigin } from "../csrf.ts";
import { DoorError } from "../errors.ts";
import { networkOf } from "../network.ts";
import type { Routes } from "../route.ts";
import { relayPath } from "./address.ts";
import { joinWebSockets, type Pair } from "./pair.ts";
import { objectionTo } from "./screening.ts";
import { notAllowed } from "./web-sockets.ts";

/** A page has one connection, and begins a second when the first is lost. */
const connectionsPerSession = 16;

export const sipRelayRoutes: Routes = (server, work) => {
	const { sipServerUrl, settings, sipTickets, relayed, log } = work;
	if (sipServerUrl === undefined) return;
	/** Each with the id of its session. */
	const pairs = new Map<Pair, string>();

	function join(
		page: WebSocket,
		{ webSession, actor, ip }: FastifyRequest,
	): void {
		const source = networkOf(ip);
		const user = actor.uri.toLowerCase();
		let left = () => {};
		const pair = joinWebSockets(page, {
			sipServerUrl: sipServerUrl as string,
			onMessage(bytes) {
				const objection = objectionTo(bytes, user);
				if (objection === undefined) return;
				log.info({ source, objection }, "a page's SIP message is not relayed");
				pair.end(notAllowed, objection);
			},
			onConnection({ localAddress, localPort }) {
				if (localAddress === undefined || localPort === undefined) return;
				const end = { address: localAddress, port: localPort };
				left = relayed.carries(end, source);
			},
			onFault: (error) =>
				log.warn({ err: error, sipServerUrl }, "SIP cannot be relayed"),
			onEnd() {
				pairs.delete(pair);
				left();
			},
		});
		pairs.set(pair, webSession.id);
	}

	/** Those whose session has ended, here or by another node, are ended. */
	async function endSignedOut(): Promise<void> {
		if (pairs.size === 0) return;
		const living = await sipTickets.living([...new Set(pairs.values())]);
		for (const [pair, session] of pairs) {
			if (!living.has(session)) pair.end(notAllowed, "signed out");
		}
	}

	const looking = setInterval(() => {
		endSignedOut().catch((error: unknown) => {
			log.warn({ err: error }, "not known who is still signed in");
		});
	}, work.stillSignedInMs);
	server.addHook("onClose", async () => clearInterval(looking));
	server.route({
		method: "GET",
		url: relayPath,
		schema: {
			summary: "SIP over WebSocket",
			description:
				"Subprotocol `sip` (RFC 7118), relayed to the SIP server message by message. For pages of this site that are signed in.",
		},
		onRequest: async (request) => {
			demandOwnOrigin(request, settings.publicUrl);
			if (!request.ws) {
				throw new DoorError("no-such-page", "Only WebSockets are taken here.");
			}
			const { id } = request.webSession;
			const mine = [...pairs.values()].filter((session) => session === id);
			if (mine.length >= connectionsPerSession) {
				throw new DoorError(
					"too-often",
					`Too many connections of this session; at most ${connectionsPerSession} at a time.`,
				);
			}
		},
		handler: () => {
			throw new DoorError("no-such-page", "Only WebSockets are taken here.");
		},
		wsHandler: join,
	});
};
