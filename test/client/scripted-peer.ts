/** A SIP server of literal text on a real socket: it says only what a test wrote, and shares no code with the client. */
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";

const deadlineMs = 5000;

export interface Received {
	/** `INVITE sip:… SIP/2.0`. */
	readonly start: string;
	readonly head: string;
	readonly body: string;
	readonly connection: PeerConnection;
}

export function headerOf(message: Received, name: string): string {
	const found = new RegExp(`^${name}: (.*)$`, "im").exec(message.head);
	if (found?.[1] === undefined)
		throw new Error(`no ${name} in ${message.head}`);
	return found[1].trim();
}

export function hasHeader(message: Received, name: string): boolean {
	return new RegExp(`^${name}:`, "im").test(message.head);
}

/** A queue that one waits at. */
class Queue<Item> {
	readonly #items: Item[] = [];
	#wake: (() => void) | undefined;

	push(item: Item): void {
		this.#items.push(item);
		this.#wake?.();
	}

	async take(what: string): Promise<Item> {
		if (this.#items.length === 0) {
			let timer: NodeJS.Timeout | undefined;
			await new Promise<void>((resolve, reject) => {
				this.#wake = resolve;
				timer = setTimeout(
					() => reject(new Error(`${what} did not come`)),
					deadlineMs,
				);
			}).finally(() => clearTimeout(timer));
			this.#wake = undefined;
		}
		const item = this.#items.shift();
		if (item === undefined) throw new Error(`${what}: empty`);
		return item;
	}

	get size(): number {
		return this.#items.length;
	}
}

export class PeerConnection {
	readonly #socket: Socket;
	readonly #requests = new Queue<Received>();
	readonly #answers = new Queue<Received>();
	#bytes = Buffer.alloc(0);
	/** Blank lines that came between messages. */
	pings = 0;
	pong = true;

	constructor(socket: Socket) {
		this.#socket = socket;
		socket.on("error", () => undefined);
		socket.on("data", (bytes) => {
			this.#bytes = Buffer.concat([this.#bytes, bytes]);
			while (this.#next()) {}
		});
	}

	#next(): boolean {
		if (this.#bytes.subarray(0, 4).toString() === "\r\n\r\n") {
			this.#bytes = this.#bytes.subarray(4);
			this.pings++;
			if (this.pong) this.write("\r\n");
			return true;
		}
		const end = this.#bytes.indexOf("\r\n\r\n");
		if (end < 0) return false;
		const head = this.#bytes.subarray(0, end).toString();
		const length = Number(/^Content-Length: (\d+)$/im.exec(head)?.[1] ?? 0);
		if (this.#bytes.length < end + 4 + length) return false;
		const body = this.#bytes.subarray(end + 4, end + 4 + length).toString();
		this.#bytes = this.#bytes.subarray(end + 4 + length);
		const start = head.slice(0, head.indexOf("\r\n"));
		const message = { start, head, body, connection: this };
		if (start.startsWith("SIP/2.0")) this.#answers.push(message);
		else this.#requests.push(message);
		return true;
	}

	/** The next request, which must be of this method. */
	async receive(method: string): Promise<Received> {
		const message = await this.#requests.take(method);
		if (!message.start.startsWith(`${method} `)) {
			throw new Error(`expected ${method}, received ${message.start}`);
		}
		return message;
	}

	/** The next response. */
	response(): Promise<Received> {
		return this.#answers.take("a response");
	}

	/** Requests that came and were not looked at. */
	get unread(): number {
		return this.#requests.size;
	}

	write(text: string): void {
		this.#socket.write(text);
	}

	/** Answers a request; `status` is `200 OK`, `lines` are further headers. */
	answer(
		request: Received,
		status: string,
		lines: readonly string[] = [],
		body = "",
	): void {
		const to = headerOf(request, "To");
		this.write(
			[
				`SIP/2.0 ${status}`,
				`Via: ${headerOf(request, "Via")}`,
				`From: ${headerOf(request, "From")}`,
				`To: ${to}${to.includes("tag=") ? "" : ";tag=peer"}`,
				`Call-ID: ${headerOf(request, "Call-ID")}`,
				`CSeq: ${headerOf(request, "CSeq")}`,
				...lines,
				`Content-Length: ${Buffer.byteLength(body)}`,
				"",
				body,
			].join("\r\n"),
		);
	}

	/** Cuts the connection. */
	cut(): void {
		this.#socket.destroy();
	}
}

export class Peer {
	readonly #server: Server;
	readonly #connections = new Queue<PeerConnection>();
	readonly #sockets = new Set<Socket>();

	private constructor(server: Server) {
		this.#server = server;
		server.on("connection", (socket) => {
			this.#sockets.add(socket);
			socket.on("close", () => this.#sockets.delete(socket));
			this.#connections.push(new PeerConnection(socket));
		});
	}

	static async listen(): Promise<Peer> {
		const server = createServer({ noDelay: true });
		server.listen(0, "127.0.0.1");
		await once(server, "listening");
		return new Peer(server);
	}

	get port(): number {
		const address = this.#server.address();
		return typeof address === "object" && address ? address.port : 0;
	}

	/** The next connection of a client. */
	connection(): Promise<PeerConnection> {
		return this.#connections.take("a connection");
	}

	async close(): Promise<void> {
		for (const socket of this.#sockets) socket.destroy();
		this.#server.close();
		await once(this.#server, "close");
	}
}

/** A dialog of the peer with the client, made from the INVITE. */
export class PeerDialog {
	readonly #invite: Received;
	#cseq = 0;
	#envid = 7962449779256945056n;

	constructor(invite: Received) {
		this.#invite = invite;
	}

	static async accept(
		connection: PeerConnection,
		lines: readonly string[] = [],
	): Promise<PeerDialog> {
		const invite = await connection.receive("INVITE");
		connection.answer(invite, "200 OK", [
			"Contact: <sip:service@127.0.0.1:5999;transport=tcp>",
			...lines,
		]);
		await connection.receive("ACK");
		return new PeerDialog(invite);
	}

	get connection(): PeerConnection {
		return this.#invite.connection;
	}

	get uri(): string {
		return this.#invite.start.split(" ")[1] ?? "";
	}

	/** Writes a request in the dialog. */
	write(method: string, body = "", lines: readonly string[] = []): void {
		const contact = /<(.*)>/.exec(headerOf(this.#invite, "Contact"))?.[1];
		this.#cseq++;
		this.connection.write(
			[
				`${method} ${contact} SIP/2.0`,
				`Via: SIP/2.0/TCP 127.0.0.1:5999;branch=z9hG4bK${method}${this.#cseq}`,
				"Max-Forwards: 70",
				`From: ${headerOf(this.#invite, "To")};tag=peer`,
				`To: ${headerOf(this.#invite, "From")}`,
				`Call-ID: ${headerOf(this.#invite, "Call-ID")}`,
				`CSeq: ${this.#cseq} ${method}`,
				...lines,
				`Content-Length: ${Buffer.byteLength(body)}`,
				"",
				body,
			].join("\r\n"),
		);
	}

	/** Sends a request in the dialog; resolves with the status line of its answer. */
	async request(method: string, body = ""): Promise<string> {
		this.write(method, body, ["Content-Type: text/plain"]);
		return (await this.connection.response()).start;
	}

	/** Sends what stands inside `<xccos>` to the client, with a 64-bit envid. */
	async tell(content: string): Promise<void> {
		const status = await this.request(
			"INFO",
			`<xccos ver="1" envid="${this.#envid++}" xmlns="urn:parlano:xml:ns:xccos">${content}</xccos>`,
		);
		if (!status.startsWith("SIP/2.0 200")) throw new Error(status);
	}

	/** The next INFO of the client, answered 200 unless told otherwise. */
	async info(
		status = "200 OK",
		lines: readonly string[] = [],
	): Promise<{ readonly body: string; readonly envid: string }> {
		const info = await this.connection.receive("INFO");
		this.connection.answer(info, status, lines);
		return {
			body: info.body,
			envid: /envid="(\d+)"/.exec(info.body)?.[1] ?? "",
		};
	}

	/** Takes a command, which must hold `expected`, and replies 200 with `data`. */
	async serve(expected: string, data: string): Promise<void> {
		const { body, envid } = await this.info();
		if (!body.includes(expected)) {
			throw new Error(`expected ${expected} in ${body}`);
		}
		await this.reply(/id="cmd:(\w+)"/.exec(body)?.[1] ?? "", envid, data);
	}

	async reply(
		command: string,
		envid: string,
		data: string,
		more = false,
	): Promise<void> {
		await this.tell(
			`<rpl id="rpl:${command}" seqid="1"${more ? ' more="true"' : ""}><commandid seqid="1" envid="${envid}"/><resp code="200">SUCCESS_OK</resp><data>${data}</data></rpl>`,
		);
	}
}
