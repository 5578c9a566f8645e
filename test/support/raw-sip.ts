/** A TCP socket that speaks SIP as text: what goes out is literal, what comes in is whole messages. */
import { connect, type Socket } from "node:net";
import { until } from "./until.ts";

export class RawSip {
	readonly #socket: Socket;
	readonly #received: string[] = [];
	#rest = Buffer.alloc(0);

	private constructor(socket: Socket) {
		this.#socket = socket;
		socket.on("data", (bytes) => this.#take(bytes));
		socket.on("error", () => {});
	}

	/** `sip:127.0.0.1:5060;transport=tcp`. `from`: an address of this machine. */
	static async open(server: string, from = "127.0.0.1"): Promise<RawSip> {
		const [, host = "", port = ""] = /sip:([^:]+):(\d+)/.exec(server) ?? [];
		const socket = connect({ port: Number(port), host, localAddress: from });
		await new Promise((resolve, reject) => {
			socket.once("connect", resolve);
			socket.once("error", reject);
		});
		return new RawSip(socket);
	}

	get localPort(): number {
		return this.#socket.localPort ?? 0;
	}

	/** Line ends become CR LF; the body follows the empty line as it is. */
	send(head: string, body: string | Buffer = ""): void {
		const lines = head.trim().split(/\r?\n/);
		lines.push(`Content-Length: ${Buffer.byteLength(body)}`, "", "");
		const bytes = [Buffer.from(lines.join("\r\n")), Buffer.from(body)];
		this.#socket.write(Buffer.concat(bytes));
	}

	/** The first message not yet taken that matches. */
	async receive(pattern: RegExp): Promise<string> {
		const found = await until(
			() => {
				const index = this.#received.findIndex((text) => pattern.test(text));
				return index < 0 ? undefined : this.#received.splice(index, 1)[0];
			},
			{ what: `${pattern}`, withinMs: 5_000 },
		).catch((error) => {
			throw new Error(
				`${error.message}; there was:\n${this.#received.join("\n----\n")}`,
			);
		});
		return found;
	}

	/** Answers a request of the server with the status line given. */
	answer(request: string, statusLine: string): void {
		const [head = ""] = request.split("\r\n\r\n");
		const copied = head
			.split("\r\n")
			.filter((line) => /^(Via|From|To|Call-ID|CSeq):/i.test(line));
		this.send([`SIP/2.0 ${statusLine}`, ...copied].join("\n"));
	}

	/** What has come and was not taken. */
	get waiting(): readonly string[] {
		return this.#received;
	}

	/** What comes is left to the system, as by a program that hangs. */
	stopReading(): void {
		this.#socket.pause();
	}

	readOn(): void {
		this.#socket.resume();
	}

	close(): void {
		this.#socket.destroy();
	}

	get closed(): boolean {
		return this.#socket.closed;
	}

	#take(bytes: Buffer): void {
		this.#rest = Buffer.concat([this.#rest, bytes]);
		for (;;) {
			const end = this.#rest.indexOf("\r\n\r\n");
			if (end < 0) return;
			const head = this.#rest.subarray(0, end).toString();
			const length = Number(/^content-length:\s*(\d+)/im.exec(head)?.[1] ?? 0);
			const total = end + 4 + length;
			if (this.#rest.length < total) return;
			this.#received.push(this.#rest.subarray(0, total).toString());
			this.#rest = this.#rest.subarray(total);
		}
	}
}

export function bodyOf(message: string): string {
	return message.slice(message.indexOf("\r\n\r\n") + 4);
}

export function header(message: string, name: string): string {
	return (
		new RegExp(`^${name}:\\s*(.*)$`, "im").exec(message)?.[1]?.trim() ?? ""
	);
}
