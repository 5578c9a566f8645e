/** The other end of the wire: sockets that send literal text and collect whole messages, knowing nothing of our own writer. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { WebSocket } from "ws";
import { until } from "../support/until.ts";

/** Literal text, indentation removed and line ends made CR LF; `Content-Length: *` counts the body. */
export function sip(
	parts: TemplateStringsArray,
	...values: readonly (string | number)[]
): string {
	const raw = String.raw({ raw: parts }, ...values).replace(/^\n/, "");
	const indent = /^[ \t]*/.exec(raw)?.[0] ?? "";
	const lines = raw
		.split(/\r?\n/)
		.map((line) =>
			line.startsWith(indent) ? line.slice(indent.length) : line,
		);
	const last = lines.at(-1)?.trim() === "" ? lines.slice(0, -1) : lines;
	const empty = last.indexOf("");
	const head = (empty < 0 ? last : last.slice(0, empty)).join("\r\n");
	const body = empty < 0 ? "" : last.slice(empty + 1).join("\r\n");
	const length = `Content-Length: ${Buffer.byteLength(body)}`;
	return `${head.replace("Content-Length: *", length)}\r\n\r\n${body}`;
}

export function header(message: string, name: string): string {
	const found = new RegExp(`^${name}:[ \\t]*(.*?)\\r?$`, "im").exec(message);
	return found?.[1] ?? "";
}

export function headers(message: string, name: string): string[] {
	const all = message.matchAll(new RegExp(`^${name}:[ \\t]*(.*?)\\r?$`, "gim"));
	return [...all].map((found) => found[1] ?? "");
}

export function bodyOf(message: string): string {
	return message.slice(message.indexOf("\r\n\r\n") + 4);
}

/** The lines that a response copies from its request. */
export function copied(request: string): string {
	const lines = request.slice(0, request.indexOf("\r\n\r\n")).split("\r\n");
	return lines
		.filter((line) => /^(Via|From|To|Call-ID|CSeq):/i.test(line))
		.join("\r\n");
}

export abstract class Peer {
	readonly transport: "TCP" | "UDP" | "WS";
	/** Everything that came, in order; `receive` takes out what it returns. */
	readonly received: string[] = [];
	closed = false;

	constructor(transport: "TCP" | "UDP" | "WS") {
		this.transport = transport;
	}

	abstract get port(): number;
	abstract send(text: string | Buffer): void;
	abstract close(): void;

	/** UDP: to another port than the one this peer was made for. */
	sendTo(_text: string, _port: number): void {
		throw new Error("only a UDP peer sends to other ports");
	}

	/** `SIP/2.0/TCP 127.0.0.1:40000;branch=…` */
	via(branch: string): string {
		return `SIP/2.0/${this.transport} 127.0.0.1:${this.port};branch=${branch}`;
	}

	/** The first message not yet taken that matches. */
	receive(pattern: RegExp, withinMs = 5000): Promise<string> {
		return until(
			() => {
				const index = this.received.findIndex((text) => pattern.test(text));
				return index < 0 ? undefined : this.received.splice(index, 1)[0];
			},
			{ what: `${pattern}`, withinMs },
		).catch((error: Error) => {
			const there = this.received.join("\n----\n");
			throw new Error(`${error.message}; there was:\n${there}`);
		});
	}

	async ended(): Promise<void> {
		await until(() => this.closed, { what: "the end of the connection" });
	}

	answer(request: string, status: string, extra = ""): void {
		this.send(
			`SIP/2.0 ${status}\r\n${copied(request)}\r\n${extra}Content-Length: 0\r\n\r\n`,
		);
	}
}

const open = new Set<Peer>();

/** For `afterEach`: every peer that a test opened. */
export function closePeers(): void {
	for (const peer of open) peer.close();
	open.clear();
}

function opened<T extends Peer>(peer: T): T {
	open.add(peer);
	return peer;
}

export async function tcpPeer(port: number): Promise<Peer> {
	const socket = connect(port, "127.0.0.1");
	await once(socket, "connect");
	let rest = Buffer.alloc(0);
	class TcpPeer extends Peer {
		get port(): number {
			return socket.localPort ?? 0;
		}
		send(text: string | Buffer): void {
			socket.write(text);
		}
		close(): void {
			socket.destroy();
		}
	}
	const peer = opened(new TcpPeer("TCP"));
	socket.on("error", () => {});
	socket.on("close", () => {
		peer.closed = true;
	});
	socket.on("data", (bytes) => {
		rest = Buffer.concat([rest, bytes]);
		for (;;) {
			const end = rest.indexOf("\r\n\r\n");
			if (end < 0 && !rest.equals(Buffer.from("\r\n"))) return;
			const head = rest.subarray(0, Math.max(end, 0)).toString();
			const length = Number(/^Content-Length: (\d+)/m.exec(head)?.[1] ?? 0);
			const total = end < 0 ? 2 : end + 4 + length;
			if (rest.length < total) return;
			peer.received.push(rest.subarray(0, total).toString());
			rest = rest.subarray(total);
		}
	});
	return peer;
}

export async function udpPeer(port: number): Promise<Peer> {
	const socket = createSocket("udp4");
	socket.bind(0, "127.0.0.1");
	await once(socket, "listening");
	class UdpPeer extends Peer {
		get port(): number {
			return socket.address().port;
		}
		send(text: string | Buffer): void {
			socket.send(text, port, "127.0.0.1");
		}
		override sendTo(text: string, other: number): void {
			socket.send(text, other, "127.0.0.1");
		}
		close(): void {
			if (!this.closed) socket.close();
			this.closed = true;
		}
	}
	const peer = opened(new UdpPeer("UDP"));
	socket.on("message", (bytes) => peer.received.push(bytes.toString()));
	return peer;
}

export async function wsPeer(port: number): Promise<Peer> {
	const socket = new WebSocket(`ws://127.0.0.1:${port}`, "sip");
	class WsPeer extends Peer {
		get port(): number {
			return 0;
		}
		override via(branch: string): string {
			return `SIP/2.0/WS df7jal23ls0d.invalid;branch=${branch}`;
		}
		send(text: string | Buffer): void {
			socket.send(text);
		}
		close(): void {
			socket.terminate();
		}
	}
	const peer = opened(new WsPeer("WS"));
	socket.on("message", (data) => peer.received.push(String(data)));
	socket.on("close", () => {
		peer.closed = true;
	});
	await once(socket, "open");
	return peer;
}
