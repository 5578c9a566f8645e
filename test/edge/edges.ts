/** Edges on free ports with short timers, applications of literal frames and of drachtio-srf, all closed after each test. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import Srf from "drachtio-srf";
import type { EdgeOptions, RunningEdge } from "../../edge/index.ts";
import { startEdge } from "../../edge/index.ts";
import {
	closePeers,
	type Peer,
	tcpPeer,
	udpPeer,
	wsPeer,
} from "../sip-stack/wire.ts";
import { until } from "../support/until.ts";

export const SECRET = "s3cret";

export interface LogLine {
	readonly level: string;
	readonly text: string;
	readonly fields: Readonly<Record<string, unknown>>;
}

export interface TestEdge extends RunningEdge {
	readonly lines: readonly LogLine[];
	peer(transport: "udp" | "tcp" | "ws"): Promise<Peer>;
	port(transport: "udp" | "tcp" | "ws"): number;
	logged(text: RegExp): LogLine | undefined;
}

/** What these tests use of drachtio-srf; its own types know too little. */
export interface SrfRequest {
	readonly body: string;
	on(event: "cancel", listener: () => void): void;
}

export interface SrfResponse {
	readonly status: number;
	send(status: number, options?: { headers?: Record<string, string> }): void;
}

type Handler = (req: SrfRequest, res: SrfResponse) => void;

export interface SrfDialog {
	on(event: "info", listener: Handler): void;
	on(event: "destroy", listener: (message: unknown) => void): void;
	request(options: {
		method: string;
		headers?: Record<string, string>;
		body?: string;
	}): Promise<SrfResponse>;
	destroy(): Promise<unknown>;
}

export interface SrfApp {
	connect(options: { host: string; port: number; secret: string }): void;
	disconnect(): void;
	on(event: "connect", listener: (error: Error | null) => void): void;
	on(event: "error", listener: () => void): void;
	invite(handler: Handler): void;
	register(handler: Handler): void;
	subscribe(handler: Handler): void;
	createUAS(
		req: SrfRequest,
		res: SrfResponse,
		options: { localSdp: string; headers: Record<string, string> },
	): Promise<SrfDialog>;
	createUAC(uri: string, options: { localSdp: string }): Promise<SrfDialog>;
}

const edges = new Set<RunningEdge>();
const sockets = new Set<Socket>();
const srfs = new Set<SrfApp>();

export async function edgeOf(
	options: Partial<Pick<EdgeOptions, "timers" | "limits">> = {},
): Promise<TestEdge> {
	const lines: LogLine[] = [];
	const write =
		(level: string) =>
		(fields: Readonly<Record<string, unknown>>, text: string) =>
			void lines.push({ level, fields, text });
	const edge = await startEdge({
		listen: (["udp", "tcp", "ws"] as const).map((transport) => ({
			transport,
			host: "127.0.0.1",
			port: 0,
		})),
		admin: { port: 0, secret: SECRET },
		log: {
			debug: write("debug"),
			info: write("info"),
			warn: write("warn"),
			error: write("error"),
		},
		...options,
	});
	edges.add(edge);
	const port = (transport: "udp" | "tcp" | "ws") =>
		edge.sip.find((one) => one.transport === transport)?.port ?? 0;
	const open = { udp: udpPeer, tcp: tcpPeer, ws: wsPeer };
	return {
		...edge,
		lines,
		port,
		peer: (transport) => open[transport](port(transport)),
		logged: (text) =>
			lines.find((line) =>
				text.test(`${line.text} ${JSON.stringify(line.fields)}`),
			),
	};
}

/** An application of literal frames. */
export class RawApp {
	readonly frames: string[] = [];
	closed = false;
	readonly #socket: Socket;

	constructor(socket: Socket) {
		this.#socket = socket;
		let rest = Buffer.alloc(0);
		socket.on("error", () => {});
		socket.on("close", () => {
			this.closed = true;
		});
		socket.on("data", (bytes) => {
			rest = Buffer.concat([rest, bytes]);
			for (;;) {
				const hash = rest.indexOf("#");
				const length = Number(rest.subarray(0, Math.max(hash, 0)).toString());
				const end = hash + 1 + length;
				if (hash < 0 || rest.length < end) return;
				this.frames.push(rest.subarray(hash + 1, end).toString());
				rest = rest.subarray(end);
			}
		});
	}

	/** `#` and the length are added; line ends become CR LF. */
	send(...payloads: string[]): void {
		const frames = payloads.map((payload) => {
			const text = payload.replace(/\r?\n/g, "\r\n");
			return `${Buffer.byteLength(text)}#${text}`;
		});
		this.#socket.write(frames.join(""));
	}

	raw(bytes: string | Buffer): void {
		this.#socket.write(bytes);
	}

	/** Reads nothing until it is told to go on. */
	pause(): void {
		this.#socket.pause();
	}

	resume(): void {
		this.#socket.resume();
	}

	receive(pattern: RegExp): Promise<string> {
		return until(
			() => {
				const index = this.frames.findIndex((frame) => pattern.test(frame));
				return index < 0 ? undefined : this.frames.splice(index, 1)[0];
			},
			{ what: `${pattern}`, withinMs: 5000 },
		).catch((error: Error) => {
			throw new Error(
				`${error.message}; there was:\n${this.frames.join("\n----\n")}`,
			);
		});
	}

	async ended(): Promise<void> {
		await until(() => this.closed, {
			what: "the end of the control connection",
		});
	}

	close(): void {
		this.#socket.destroy();
	}
}

export async function rawApp(
	edge: RunningEdge,
	...routes: string[]
): Promise<RawApp> {
	const app = await strangerApp(edge);
	app.send(`auth|authenticate|${SECRET}|`);
	await app.receive(/\|response\|auth\|OK\|/);
	for (const method of routes) {
		app.send(`route-${method}|route|${method}`);
		await app.receive(new RegExp(`\\|response\\|route-${method}\\|OK$`));
	}
	return app;
}

/** Connected, but not authenticated. */
export async function strangerApp(edge: RunningEdge): Promise<RawApp> {
	const socket = connect(edge.admin.port, "127.0.0.1");
	socket.setNoDelay(true);
	sockets.add(socket);
	await once(socket, "connect");
	return new RawApp(socket);
}

/** An application on unmodified drachtio-srf. */
export async function srfApp(edge: RunningEdge): Promise<SrfApp> {
	const srf = new Srf() as unknown as SrfApp;
	srfs.add(srf);
	srf.on("error", () => {});
	await new Promise<void>((resolve, reject) => {
		srf.on("connect", (error) => (error ? reject(error) : resolve()));
		srf.connect({ host: "127.0.0.1", port: edge.admin.port, secret: SECRET });
	});
	return srf;
}

/** The fields of a frame's first line. */
export function fields(frame: string): string[] {
	return (frame.split("\r\n")[0] ?? "").split("|");
}

export function textOf(frame: string): string {
	return frame.slice(frame.indexOf("\r\n") + 2);
}

export async function closeEdges(): Promise<void> {
	closePeers();
	for (const srf of srfs) srf.disconnect();
	for (const socket of sockets) socket.destroy();
	await Promise.all([...edges].map((edge) => edge.close()));
	edges.clear();
	sockets.clear();
	srfs.clear();
}
