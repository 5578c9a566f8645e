/** SIP over TCP, and over TLS where we connect: connections that carry messages both ways (RFC 3261, 18; RFC 5626, 3.5.1 for CRLF keep-alive). */
import { once } from "node:events";
import {
	createServer,
	isIP,
	connect as openSocket,
	type Socket,
} from "node:net";
import { connect as openTls } from "node:tls";
import {
	type Connection,
	Connections,
	type StreamContext,
} from "./connections.ts";
import { Framing } from "./framing.ts";
import { SipParseError } from "./parse.ts";
import {
	type Destination,
	type Flow,
	type HostPort,
	hostPortOf,
	type Listener,
} from "./transport.ts";

const pongBytes = Buffer.from("\r\n");
/** How long a connection that we end may go on sending before it is cut. */
const lingerMs = 1000;
let lastId = 0;

/**
 * One connection. Messages sent in one turn of the event loop leave in one system call: the socket is corked by the first and
 * uncorked when the turn ends. Open → ending (we said FIN; what still comes in is ignored, so that our last words are not lost to a
 * reset) → closed.
 */
class TcpFlow implements Connection {
	readonly transport: "tcp" | "tls";
	readonly reliable = true;
	readonly local: HostPort;
	readonly remote: HostPort;
	readonly key: string;
	heardAt = performance.now();
	messageBegunAt: number | undefined;
	readonly #socket: Socket;
	readonly #context: StreamContext;
	readonly #framing: Framing;
	#ending = false;
	#corked = false;

	constructor(
		socket: Socket,
		context: StreamContext,
		gone: () => void,
		transport: "tcp" | "tls" = "tcp",
	) {
		this.transport = transport;
		this.key = `${transport}#${++lastId}`;
		this.#socket = socket;
		this.#context = context;
		this.local = hostPortOf(socket.localAddress, socket.localPort);
		this.remote = hostPortOf(socket.remoteAddress, socket.remotePort);
		this.#framing = new Framing(context.messageLimits, {
			message: (message) => context.handlers.message(message, this),
			ping: () => this.#pong(),
		});
		socket.setNoDelay(true);
		socket.on("error", () => {});
		socket.on("data", (segment) => this.#read(segment));
		socket.on("end", () => this.close());
		socket.on("close", () => {
			this.#ending = true;
			this.#release();
			gone();
			context.handlers.closed(this);
		});
	}

	get closed(): boolean {
		return this.#ending || this.#socket.destroyed;
	}

	send(bytes: Buffer): boolean {
		if (this.closed) return false;
		if (!this.#corked) {
			this.#corked = true;
			this.#socket.cork();
			process.nextTick(() => this.#flush());
		}
		this.#socket.write(bytes);
		const { unsentBytes } = this.#context.transportLimits;
		if (this.#socket.writableLength <= unsentBytes) return true;
		this.#socket.destroy();
		return false;
	}

	close(): void {
		if (this.closed) return;
		this.#ending = true;
		this.#flush();
		this.#release();
		this.#socket.end();
		this.#context.timers.start(lingerMs, () => this.#socket.destroy());
	}

	destroy(): void {
		this.#socket.destroy();
	}

	/** Transactions may know this flow for long; what it was reading is nobody's any more. */
	#release(): void {
		this.#context.partials.hold(this, 0);
		setImmediate(() => this.#framing.drop());
	}

	#flush(): void {
		if (!this.#corked) return;
		this.#corked = false;
		this.#socket.uncork();
	}

	/** A segment of its own: a real client is confused by a blank line between two messages of one segment. */
	#pong(): void {
		if (this.closed) return;
		this.#flush();
		this.#socket.write(pongBytes);
	}

	#read(segment: Buffer): void {
		if (this.#ending) return;
		this.heardAt = performance.now();
		try {
			this.#framing.push(segment);
			const { begun, heldBytes } = this.#framing;
			if (!this.#ending && !this.#context.partials.hold(this, heldBytes))
				throw new SipParseError(503, "too many unfinished messages", begun);
			if (!this.#framing.inMessage) this.messageBegunAt = undefined;
			else this.messageBegunAt ??= this.heardAt;
		} catch (error) {
			if (!(error instanceof SipParseError)) throw error;
			this.#context.handlers.malformed(error, this);
			this.close();
		}
	}
}

export async function listenTcp(
	address: HostPort,
	context: StreamContext,
): Promise<Listener> {
	const connections = new Connections(context.transportLimits, context.timers);
	const server = createServer({ noDelay: true, allowHalfOpen: true });
	server.on("connection", (socket) => {
		if (!connections.hasRoomFor(socket.remoteAddress ?? "")) {
			socket.destroy();
			return;
		}
		const flow: TcpFlow = new TcpFlow(socket, context, () =>
			connections.remove(flow),
		);
		connections.add(flow);
	});
	server.listen({ port: address.port, host: address.host, backlog: 1024 });
	await once(server, "listening");
	// Later errors are about connections that could not be accepted; whoever tried sees it.
	server.on("error", () => {});
	const bound = server.address();
	if (bound === null || typeof bound === "string")
		throw new Error("a TCP server without an address");
	return {
		transport: "tcp",
		host: bound.address,
		port: bound.port,
		flowTo: () => undefined,
		async close() {
			const closed = once(server, "close");
			server.close();
			connections.destroyAll();
			await closed;
		},
	};
}

/** @throws Error when the connection is refused, unreachable or not established in time */
export async function connectTcp(
	address: HostPort,
	context: StreamContext,
): Promise<Flow> {
	const socket = openSocket({
		host: address.host,
		port: address.port,
		noDelay: true,
		allowHalfOpen: true,
	});
	endWith(context, socket);
	await established(socket, "connect", context);
	return new TcpFlow(socket, context, () => {});
}

/** @throws Error when there is no connection, or no certificate for that host by somebody trusted */
export async function connectTls(
	{ host, port, ca }: Destination,
	context: StreamContext,
): Promise<Flow> {
	const socket = openTls({
		host,
		port,
		// An address has no place in the greeting (RFC 6066, section 3); the certificate is held against it all the same.
		...(isIP(host) === 0 && { servername: host }),
		...(ca !== undefined && { ca }),
	});
	endWith(context, socket);
	await established(socket, "secureConnect", context);
	return new TcpFlow(socket, context, () => {}, "tls");
}

function endWith({ closing }: StreamContext, socket: Socket): void {
	const forget = closing.add(() =>
		socket.destroy(new Error("the stack is closed")),
	);
	socket.once("close", forget);
}

async function established(
	socket: Socket,
	event: "connect" | "secureConnect",
	context: StreamContext,
): Promise<void> {
	const { connectMs } = context.transportLimits;
	const late = context.timers.start(connectMs, () =>
		socket.destroy(new Error(`no connection within ${connectMs} ms`)),
	);
	try {
		await once(socket, event);
	} finally {
		late.stop();
	}
}
