/** SIP over WebSocket: one message a WebSocket message, subprotocol "sip" (RFC 7118). */
import { isUtf8 } from "node:buffer";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { type RawData, WebSocket, WebSocketServer } from "ws";
import {
	type Connection,
	Connections,
	type StreamContext,
} from "./connections.ts";
import { parseMessage, SipParseError } from "./parse.ts";
import {
	type Flow,
	type HostPort,
	hostPortOf,
	type Listener,
} from "./transport.ts";

const sipSubprotocol = "sip";
const lingerMs = 1000;
/** Faulty messages after which a peer is cut off: the framing holds, so single ones are only answered. */
const maxFaults = 10;
let lastId = 0;

function toBuffer(data: RawData): Buffer {
	if (Buffer.isBuffer(data)) return data;
	return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}

/** One WebSocket connection. ws writes each message at once, in one system call. */
class WsFlow implements Connection {
	readonly transport = "ws";
	readonly reliable = true;
	readonly local: HostPort;
	readonly remote: HostPort;
	readonly key = `ws#${++lastId}`;
	heardAt = performance.now();
	readonly messageBegunAt = undefined;
	readonly #socket: WebSocket;
	readonly #context: StreamContext;
	#faults = 0;
	/** Bytes since the last whole message. */
	#unread = 0;

	constructor(
		socket: WebSocket,
		tcp: Socket,
		context: StreamContext,
		gone: () => void,
	) {
		this.#socket = socket;
		this.#context = context;
		this.local = hostPortOf(tcp.localAddress, tcp.localPort);
		this.remote = hostPortOf(tcp.remoteAddress, tcp.remotePort);
		tcp.setNoDelay(true);
		// Before ws itself reads them: it does not tell what it keeps of an unfinished message.
		tcp.prependListener("data", (bytes: Buffer) => this.#count(bytes.length));
		socket.on("error", () => {});
		socket.on("ping", () => {
			this.#unread = 0;
			context.partials.hold(this, 0);
			this.heardAt = performance.now();
		});
		socket.on("message", (data: RawData) => this.#read(toBuffer(data)));
		socket.on("close", () => {
			context.partials.hold(this, 0);
			gone();
			context.handlers.closed(this);
		});
	}

	get closed(): boolean {
		return this.#socket.readyState !== WebSocket.OPEN;
	}

	send(bytes: Buffer): boolean {
		if (this.closed) return false;
		this.#socket.send(bytes, { binary: !isUtf8(bytes) }, ignore);
		const { unsentBytes } = this.#context.transportLimits;
		if (this.#socket.bufferedAmount <= unsentBytes) return true;
		this.#socket.terminate();
		return false;
	}

	close(): void {
		if (this.closed) return;
		this.#socket.close();
		this.#context.timers.start(lingerMs, () => this.#socket.terminate());
	}

	destroy(): void {
		this.#socket.terminate();
	}

	#count(bytes: number): void {
		if (this.closed) return;
		this.#unread += bytes;
		if (!this.#context.partials.hold(this, this.#unread)) this.destroy();
	}

	#read(bytes: Buffer): void {
		if (this.closed) return;
		this.#unread = 0;
		this.#context.partials.hold(this, 0);
		this.heardAt = performance.now();
		const { handlers, messageLimits } = this.#context;
		if (bytes.length <= 4 && bytes.toString("latin1").trim() === "") {
			if (bytes.length === 4) this.send(bytes.subarray(0, 2));
			return;
		}
		try {
			handlers.message(parseMessage(bytes, messageLimits), this);
		} catch (error) {
			if (!(error instanceof SipParseError)) throw error;
			handlers.malformed(error, this);
			if (++this.#faults >= maxFaults) this.close();
		}
	}
}

function offersSip(protocols: string | undefined): boolean {
	const names = (protocols ?? "").split(",");
	return names.some((name) => name.trim().toLowerCase() === sipSubprotocol);
}

/** The close event tells what went wrong; there is nobody else to tell. */
function ignore(): void {}

export async function listenWs(
	address: HostPort,
	context: StreamContext,
): Promise<Listener> {
	const connections = new Connections(context.transportLimits, context.timers);
	const sockets = new Set<Socket>();
	const http = createServer({ noDelay: true }, (_request, response) => {
		response.writeHead(426, { Connection: "close" }).end();
	});
	http.on("connection", (socket) => {
		sockets.add(socket);
		socket.on("close", () => sockets.delete(socket));
		if (!connections.hasRoomFor(socket.remoteAddress ?? "")) socket.destroy();
	});
	http.maxConnections = context.transportLimits.connections;
	const server = new WebSocketServer({
		server: http,
		maxPayload: context.messageLimits.messageBytes,
		perMessageDeflate: false,
		handleProtocols: () => sipSubprotocol,
		verifyClient: (info: { readonly req: IncomingMessage }) =>
			offersSip(info.req.headers["sec-websocket-protocol"]),
	});
	// It repeats the errors of the HTTP server, which are handled there.
	server.on("error", () => {});
	server.on("wsClientError", (_error, socket) => socket.destroy());
	server.on("connection", (socket, request) => {
		const flow: WsFlow = new WsFlow(socket, request.socket, context, () =>
			connections.remove(flow),
		);
		connections.add(flow);
	});
	http.listen({ port: address.port, host: address.host, backlog: 1024 });
	await once(http, "listening");
	// Later errors are about connections that could not be accepted; whoever tried sees it.
	http.on("error", () => {});
	const bound = http.address();
	if (bound === null || typeof bound === "string")
		throw new Error("a WebSocket server without an address");
	return {
		transport: "ws",
		host: bound.address,
		port: bound.port,
		flowTo: () => undefined,
		async close() {
			const closed = once(http, "close");
			http.close();
			connections.destroyAll();
			for (const socket of sockets) socket.destroy();
			await closed;
		},
	};
}

/** @throws Error when the connection is refused, unreachable, not established in time, or the server speaks no SIP */
export async function connectWs(
	url: string,
	context: StreamContext,
): Promise<Flow> {
	const { connectMs } = context.transportLimits;
	const socket = new WebSocket(url, sipSubprotocol, {
		handshakeTimeout: connectMs,
		perMessageDeflate: false,
		maxPayload: context.messageLimits.messageBytes,
	});
	socket.once(
		"close",
		context.closing.add(() => socket.terminate()),
	);
	let tcp: Socket | undefined;
	socket.once("upgrade", (response) => {
		tcp = response.socket;
	});
	await once(socket, "open");
	if (tcp === undefined) throw new Error("a WebSocket without a socket");
	return new WsFlow(socket, tcp, context, () => {});
}
