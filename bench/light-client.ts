/** As little of a client as can be, so that thousands fit into one process: one INVITE, INFOs out, INFOs in answered 200. */
import { connect, type Socket } from "node:net";

export interface LightClient {
	/** Sends an INFO with this body. */
	tell(body: string): void;
	/** Resolves with the first body from now on that has these words. */
	hears(words: string): Promise<string>;
	close(): void;
}

export interface LightClientOptions {
	readonly host: string;
	readonly port: number;
	/** The address that it calls from. */
	readonly from: string;
	/** `sip:alice@example.com`. */
	readonly user: string;
	/** `sip:…`: the chat service. */
	readonly service: string;
	/** Of every message that came. */
	onMessage(bytes: number): void;
}

export async function callLightly(
	options: LightClientOptions,
): Promise<LightClient> {
	const { host, port, from, user, service } = options;
	const socket = connect({ host, port, localAddress: from });
	await new Promise((resolve, reject) => {
		socket.once("connect", resolve);
		socket.once("error", reject);
	});
	socket.on("error", () => {});
	let rest = Buffer.alloc(0);
	let cseq = 1;
	let toTag = "";
	let answered = (_: number) => {};
	const waiting: { words: string; resolve(body: string): void }[] = [];
	const callId = `${socket.localPort}-${from}-${Math.random()}`;
	const head = (method: string) =>
		`${method} ${service} SIP/2.0\r\nVia: SIP/2.0/TCP ${from}:${socket.localPort};branch=z9hG4bK${callId}${cseq}${method}\r\nFrom: <${user}>;tag=1\r\nTo: <${service}>${toTag}\r\nCall-ID: ${callId}\r\nCSeq: ${cseq} ${method}\r\nMax-Forwards: 70\r\n`;
	const write = (method: string, type = "", body = "") =>
		socket.write(
			`${head(method)}${type}Contact: <${user.replace("@", `-${socket.localPort}@`)}>\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
		);

	function take(text: string): void {
		options.onMessage(Buffer.byteLength(text));
		const body = text.slice(text.indexOf("\r\n\r\n") + 4);
		const status = /^SIP\/2\.0 (\d+)/.exec(text)?.[1];
		if (status !== undefined) {
			if (!/^CSeq: *\d+ INVITE/im.test(text) || Number(status) < 200) return;
			toTag = `;tag=${/^To:.*;tag=([^;\s]+)/im.exec(text)?.[1]}`;
			answered(Number(status));
			return;
		}
		if (/^ACK /.test(text)) return;
		answer(socket, text);
		const index = waiting.findIndex(({ words }) => body.includes(words));
		if (index >= 0) waiting.splice(index, 1)[0]?.resolve(body);
	}

	socket.on("data", (bytes) => {
		rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
		for (;;) {
			const end = rest.indexOf("\r\n\r\n");
			if (end < 0) return;
			const length = /^content-length: *(\d+)/im.exec(
				rest.subarray(0, end).toString(),
			)?.[1];
			const total = end + 4 + Number(length ?? 0);
			if (rest.length < total) return;
			const text = rest.subarray(0, total).toString();
			rest = Buffer.from(rest.subarray(total));
			take(text);
		}
	});

	const status = await new Promise<number>((resolve) => {
		answered = resolve;
		write("INVITE");
	});
	if (status !== 200) throw new Error(`${user} was answered ${status}`);
	write("ACK");
	return {
		tell(body) {
			cseq += 1;
			write("INFO", "Content-Type: text/plain\r\n", body);
		},
		hears: (words) =>
			new Promise((resolve) => waiting.push({ words, resolve })),
		close: () => socket.destroy(),
	};
}

function answer(socket: Socket, request: string): void {
	const copied = request
		.split("\r\n")
		.filter((line) => /^(Via|From|To|Call-ID|CSeq):/i.test(line));
	socket.write(
		`SIP/2.0 200 OK\r\n${copied.join("\r\n")}\r\nContent-Length: 0\r\n\r\n`,
	);
}
