/**
 * Many clients in one process, as cheap as can be: ten dialogs share a TCP connection, what comes is looked at and not parsed, and all
 * answers to what one read brought go by one write.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

export interface CrowdOptions {
	readonly host: string;
	readonly port: number;
	/** One client each: `sip:alice@example.com`. */
	readonly users: readonly string[];
	/** `sip:…`: who is called. */
	readonly service: string;
	/** Option tags: `xccos-batch`. */
	readonly supported?: string;
	/** Of every INFO that came: whose, and its body. */
	onBody(client: number, body: Buffer): void;
}

export interface Crowd {
	readonly size: number;
	/** This client sends an INFO. */
	tell(client: number, body: string): void;
	/** Calls; resolves when it has been answered 200. To whom nobody listens (404, 503) it calls again. */
	call(client: number): Promise<void>;
	/** INFOs that were refused, and dialogs that were ended. */
	readonly refused: number;
	close(): void;
}

interface Client {
	readonly line: Line;
	readonly head: string;
	readonly callId: string;
	cseq: number;
	toTag: string;
	answered(status: number): void;
}

interface Line {
	readonly socket: Socket;
	readonly address: string;
	pending: string;
	rest: Buffer;
}

const dialogsOnLine = 10;
const callsAgain = new Set([404, 503]);
const mostCalls = 100;
const endOfHead = Buffer.from("\r\n\r\n");
const nothing = "Content-Length: 0\r\n\r\n";
let crowds = 0;

/** Connects; nobody has called yet. */
export async function gather(options: CrowdOptions): Promise<Crowd> {
	const { users, service } = options;
	const name = `${process.pid}-${++crowds}`;
	const lines: Line[] = [];
	const clients: Client[] = [];
	let refused = 0;
	let ended = 0;
	for (const [index, user] of users.entries()) {
		if (index % dialogsOnLine === 0) lines.push(await open(options, take));
		const line = lines.at(-1) as Line;
		const callId = `${index}-${name}`;
		clients.push({
			line,
			callId,
			head: `From: <${user}>;tag=${index}\r\nCall-ID: ${callId}\r\nMax-Forwards: 70\r\nContact: <${user.replace(/@.*/, "")}@${line.address};transport=tcp>\r\n`,
			cseq: 0,
			toTag: "",
			answered() {},
		});
	}

	function take(line: Line, head: string, body: Buffer): void {
		if (head.startsWith("SIP/2.0 ")) {
			answered(head);
			return;
		}
		if (head.startsWith("ACK")) return;
		const { copied, client } = answerTo(head);
		line.pending += copied;
		if (head.startsWith("INFO")) options.onBody(client, body);
		else if (head.startsWith("BYE")) ended += 1;
	}

	function answered(head: string): void {
		const status = Number(head.slice(8, 11));
		const isInvite = head.includes(" INVITE");
		if (!isInvite) {
			if (status >= 300) refused += 1;
			return;
		}
		if (status < 200) return;
		const client = clients[clientOf(/call-id: *([^\r]*)/i.exec(head)?.[1])];
		if (client === undefined) return;
		const tag = /\r\nto:[^\r]*;tag=([^;\r\s]+)/i.exec(head)?.[1] ?? "";
		if (status === 200) client.toTag = `;tag=${tag}`;
		write(client, "ACK", nothing, status === 200 ? "" : `;tag=${tag}`);
		client.answered(status);
	}

	/** `tag`: of who refused what is acknowledged. */
	function write(
		{ line, cseq, head, callId, toTag }: Client,
		method: string,
		content: string,
		tag = "",
	): void {
		const transaction = tag === "" ? method : "INVITE";
		send(
			line,
			`${method} ${service} SIP/2.0\r\nVia: SIP/2.0/TCP ${line.address};branch=z9hG4bK${callId}-${cseq}${transaction}\r\n${head}To: <${service}>${tag || toTag}\r\nCSeq: ${cseq} ${method}\r\n${content}`,
		);
	}

	async function call(index: number): Promise<void> {
		const client = clients[index] as Client;
		const more = options.supported ? `Supported: ${options.supported}\r\n` : "";
		for (let calls = 0; ; calls += 1) {
			client.cseq += 1;
			const status = await new Promise<number>((resolve) => {
				client.answered = resolve;
				write(client, "INVITE", `${more}${nothing}`);
			});
			if (status === 200) return;
			if (!callsAgain.has(status) || calls === mostCalls) {
				throw new Error(`${users[index]} was answered ${status}`);
			}
			await pause(Math.min(calls * 20, 500));
		}
	}

	return {
		size: users.length,
		tell(index, body) {
			const client = clients[index] as Client;
			client.cseq += 1;
			write(
				client,
				"INFO",
				`Content-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
			);
		},
		call,
		get refused() {
			return refused + ended;
		},
		close() {
			for (const { socket } of lines) socket.destroy();
		},
	};
}

/** Everybody calls, some at once. */
export async function callAll(crowd: Crowd, atOnce = 20): Promise<void> {
	let next = 0;
	const callOn = async () => {
		while (next < crowd.size) await crowd.call(next++);
	};
	await Promise.all(Array.from({ length: atOnce }, callOn));
}

async function open(
	{ host, port }: CrowdOptions,
	take: (line: Line, head: string, body: Buffer) => void,
): Promise<Line> {
	const socket = connect({ host, port, noDelay: true });
	await once(socket, "connect");
	const line: Line = {
		socket,
		address: `${socket.localAddress}:${socket.localPort}`,
		pending: "",
		rest: Buffer.alloc(0),
	};
	socket.on("error", () => {});
	socket.on("data", (bytes) => {
		line.rest =
			line.rest.length === 0 ? bytes : Buffer.concat([line.rest, bytes]);
		read(line, take);
		if (line.pending === "") return;
		socket.write(line.pending, "latin1");
		line.pending = "";
	});
	return line;
}

function read(
	line: Line,
	take: (line: Line, head: string, body: Buffer) => void,
): void {
	const { rest } = line;
	let at = 0;
	for (;;) {
		while (rest[at] === 13 && rest[at + 1] === 10) at += 2;
		const end = rest.indexOf(endOfHead, at);
		if (end < 0) break;
		const head = rest.toString("latin1", at, end + 2);
		const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
		const next = end + 4 + length;
		if (rest.length < next) break;
		take(line, head, rest.subarray(end + 4, next));
		at = next;
	}
	line.rest = rest.subarray(at);
}

/** In one write with whatever else is said in this turn. */
function send(line: Line, text: string): void {
	const { socket } = line;
	if (socket.writableCorked === 0) {
		socket.cork();
		process.nextTick(() => socket.uncork());
	}
	socket.write(text);
}

const copiedHeaders = new Set(["via", "from", "to", "call-id", "cseq"]);

function answerTo(head: string): { copied: string; client: number } {
	let copied = "SIP/2.0 200 OK\r\n";
	let client = 0;
	let at = head.indexOf("\r\n") + 2;
	while (at < head.length) {
		const end = head.indexOf("\r\n", at);
		const colon = head.indexOf(":", at);
		const name = head.slice(at, colon).toLowerCase();
		if (copiedHeaders.has(name)) copied += head.slice(at, end + 2);
		if (name === "call-id") client = clientOf(head.slice(colon + 1, end));
		at = end + 2;
	}
	return { copied: `${copied}${nothing}`, client };
}

/** Our Call-IDs begin with the number of the client. */
function clientOf(callId = ""): number {
	return Number.parseInt(callId, 10);
}
