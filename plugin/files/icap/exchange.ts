/** One question to an ICAP server, over a connection of its own: what it can do, or whether a file is clean. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { Transform } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { connect as connectTls } from "node:tls";
import type { Verdict } from "../scanner.ts";
import {
	type AnswerHead,
	type IcapOptions,
	type IcapService,
	optionsIn,
	optionsRequest,
	readHead,
	respmodRequest,
	saysFound,
} from "./messages.ts";
import { createReader, type Reader } from "./reader.ts";

/** Throws an `Error` when it does not say, or `signal` is aborted. */
export function askOptions(
	service: IcapService,
	signal: AbortSignal,
): Promise<IcapOptions> {
	return connected(service, signal, async (socket) => {
		socket.write(optionsRequest(service));
		return optionsIn(readHead(await createReader(socket).head()));
	});
}

/** Likewise. Any answer but "nothing is to be changed" and the very same bytes is a refusal. */
export function askVerdict(
	service: IcapService,
	{ previewBytes }: IcapOptions,
	path: string,
	signal: AbortSignal,
): Promise<Verdict> {
	return connected(service, signal, async (socket) => {
		const { size } = await stat(path);
		const reader = createReader(socket);
		socket.write(respmodRequest(service, size, previewBytes));
		if (previewBytes !== undefined) {
			const shown = Math.min(previewBytes, size);
			await sendPreview(socket, path, shown, shown === size);
			const answer = readHead(await reader.head());
			if (answer.status !== 100) return verdictOf(answer, reader, path);
			// It has seen all there is, and may not ask for more.
			if (shown === size) throw new Error("It asks for more than there is");
		}
		const start = previewBytes ?? 0;
		const stopped = new AbortController();
		const sending = pipeline(
			createReadStream(path, { start }),
			chunked(),
			socket,
			{ end: false, signal: stopped.signal },
		).catch((error: unknown) => {
			// An answer may come before all is sent.
			if (!stopped.signal.aborted) socket.destroy(error as Error);
		});
		try {
			return await verdictOf(readHead(await reader.head()), reader, path);
		} finally {
			stopped.abort();
			await sending;
		}
	});
}

async function connected<T>(
	{ host, port, tls }: IcapService,
	signal: AbortSignal,
	ask: (socket: Socket) => Promise<T>,
): Promise<T> {
	signal.throwIfAborted();
	const socket = tls
		? connectTls({ host, port, servername: host })
		: connect({ host, port });
	const stop = () =>
		socket.destroy(new Error("The scanner does not answer in time"));
	signal.addEventListener("abort", stop);
	// Whoever reads learns of it.
	socket.on("error", () => {});
	try {
		return await ask(socket);
	} finally {
		signal.removeEventListener("abort", stop);
		socket.destroy();
	}
}

/** `ieof`: it has seen the end with it. */
async function sendPreview(
	socket: Socket,
	path: string,
	bytes: number,
	isAll: boolean,
): Promise<void> {
	if (bytes > 0) {
		const first = createReadStream(path, { end: bytes - 1 });
		socket.write(chunkOf(await buffer(first)));
	}
	socket.write(isAll ? "0; ieof\r\n\r\n" : "0\r\n\r\n");
}

function chunkOf(bytes: Buffer): Buffer {
	const size = Buffer.from(`${bytes.length.toString(16)}\r\n`);
	return Buffer.concat([size, bytes, Buffer.from("\r\n")]);
}

function chunked(): Transform {
	return new Transform({
		transform: (piece: Buffer, _, done) => done(null, chunkOf(piece)),
		flush: (done) => done(null, "0\r\n\r\n"),
	});
}

async function verdictOf(
	answer: AnswerHead,
	reader: Reader,
	path: string,
): Promise<Verdict> {
	const { status, headers } = answer;
	if ((status === 200 || status === 204) && saysFound(answer)) return "refused";
	if (status === 204) return "clean";
	if (status !== 200) throw new Error(`The scanner answers ${status}`);
	const encapsulated = headers.get("encapsulated") ?? "";
	if (!/\bres-body=\d+/i.test(encapsulated)) return "refused";
	if (/\breq-hdr=/i.test(encapsulated)) await reader.head();
	if (/\bres-hdr=/i.test(encapsulated)) {
		const { status: shown } = readHead(await reader.head());
		if (shown !== 200) return "refused";
	}
	const given = await sumOf(reader.chunks());
	return given === (await sumOf(createReadStream(path))) ? "clean" : "refused";
}

async function sumOf(pieces: AsyncIterable<Buffer>): Promise<string> {
	const hash = createHash("sha256");
	for await (const piece of pieces) hash.update(piece);
	return hash.digest("hex");
}
