/** SIP over UDP: one message a datagram (RFC 3261, 18.1.1 and 18.3; RFC 3581 makes the source address the way back). */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { localHostTowards } from "./interfaces.ts";
import { type MessageLimits, parseMessage, SipParseError } from "./parse.ts";
import type { Flow, FlowHandlers, HostPort, Listener } from "./transport.ts";

/** The most that one IPv4 datagram can carry. */
const datagramBytes = 65_507;
/** Asked of the kernel, which grants less where it is configured so: a burst of answers must not overflow the socket. */
const receiveBufferBytes = 4 * 1024 * 1024;

class UdpFlow implements Flow {
	readonly transport = "udp";
	readonly reliable = false;
	readonly heardAt = undefined;
	readonly local: HostPort;
	readonly remote: HostPort;
	readonly #listener: UdpListener;
	#closed = false;

	constructor(listener: UdpListener, local: HostPort, remote: HostPort) {
		this.#listener = listener;
		this.local = local;
		this.remote = remote;
	}

	get key(): string {
		return `udp:${this.local.port}:${this.remote.host}:${this.remote.port}`;
	}

	get closed(): boolean {
		return this.#closed || this.#listener.closed;
	}

	send(bytes: Buffer): boolean {
		return !this.closed && this.#listener.send(bytes, this.remote);
	}

	close(): void {
		this.#closed = true;
	}
}

class UdpListener implements Listener {
	readonly transport = "udp";
	readonly host: string;
	readonly port: number;
	readonly #socket: Socket;
	#closed = false;

	constructor(socket: Socket, limits: MessageLimits, handlers: FlowHandlers) {
		this.#socket = socket;
		this.host = socket.address().address;
		this.port = socket.address().port;
		// Errors of a bound socket are about single datagrams, which SIP repeats anyway.
		socket.on("error", () => {});
		socket.on("message", (bytes, source) => {
			if (this.#closed || isKeepAlive(bytes)) return;
			const remote = { host: source.address, port: source.port };
			const flow = this.flowTo(remote);
			try {
				handlers.message(parseMessage(bytes, limits), flow);
			} catch (error) {
				if (!(error instanceof SipParseError)) throw error;
				handlers.malformed(error, flow);
			}
		});
	}

	get closed(): boolean {
		return this.#closed;
	}

	send(bytes: Buffer, to: HostPort): boolean {
		if (bytes.length > datagramBytes || to.port === 0) return false;
		this.#socket.send(bytes, to.port, to.host, ignore);
		return true;
	}

	flowTo(remote: HostPort): Flow {
		const host = localHostTowards(this.host, remote.host);
		return new UdpFlow(this, { host, port: this.port }, remote);
	}

	async close(): Promise<void> {
		if (this.#closed) return;
		this.#closed = true;
		const closed = once(this.#socket, "close");
		this.#socket.close();
		await closed;
	}
}

/** A datagram that could not be sent is a lost datagram: the transaction's timers deal with it. */
function ignore(): void {}

/** Blank lines only, as sent to keep a NAT binding open (RFC 5626, 3.5.1 has CRLFCRLF for streams; many send it on UDP too). */
function isKeepAlive(bytes: Buffer): boolean {
	if (bytes.length > 4) return false;
	for (const byte of bytes)
		if (byte !== 0x0d && byte !== 0x0a && byte !== 0) return false;
	return true;
}

export async function listenUdp(
	address: HostPort,
	limits: MessageLimits,
	handlers: FlowHandlers,
): Promise<Listener> {
	const socket = createSocket({
		type: address.host.includes(":") ? "udp6" : "udp4",
		recvBufferSize: receiveBufferBytes,
	});
	socket.bind(address.port, address.host);
	await once(socket, "listening");
	return new UdpListener(socket, limits, handlers);
}
