/** How this server takes WebSockets; before any hook that refuses, so that what is refused is closed too. */
import fastifyWebsocket from "@fastify/websocket";
import type { WebSocket } from "ws";
import type { WebServer } from "../route.ts";

export const subprotocol = "sip";
/** Codes of RFC 6455, section 7.4.1, and its registry. */
export const goingAway = 1001;
export const notAllowed = 1008;
export const tryAgainLater = 1013;
/** For the other side to close too. */
const lingerMs = 1_000;
/** Of a SIP message from a browser; a SIP server takes no larger ones. */
const messageBytes = 64 * 1024;

export async function takeWebSockets(server: WebServer): Promise<void> {
	await server.register(fastifyWebsocket, {
		options: {
			maxPayload: messageBytes,
			perMessageDeflate: false,
			handleProtocols: (offered) =>
				offered.has(subprotocol) ? subprotocol : false,
		},
		errorHandler: (_, socket) => socket.terminate(),
		preClose(done) {
			const { websocketServer } = server;
			for (const socket of websocketServer.clients) {
				closeSoon(socket, goingAway, "the service stops");
			}
			websocketServer.close(() => done());
		},
	});
}

/** Ends a connection; one whose other side does not end it too is torn down. */
export function closeSoon(
	socket: WebSocket,
	code?: number,
	reason?: string,
): void {
	socket.close(code, reason);
	const late = setTimeout(() => socket.terminate(), lingerMs);
	socket.once("close", () => clearTimeout(late));
}
