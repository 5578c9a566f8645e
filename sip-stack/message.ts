/** A SIP request or response as an object, and how it is written to bytes (RFC 3261, section 7). */
import { Headers } from "./headers.ts";
import { reasonPhrase } from "./status.ts";
import {
	type NameAddr,
	parseNameAddr,
	parseVia,
	splitList,
	type Via,
} from "./uri.ts";

export interface CSeq {
	readonly number: number;
	readonly method: string;
}

const noBody = Buffer.alloc(0);
const cseqPattern = /^(\d{1,10})[ \t]+([^ \t]{1,64})$/;

/** A value read from header text, kept until that text changes. */
class Cached<T> {
	#text: string | undefined;
	#value: T | undefined;

	get(
		text: string | undefined,
		read: (text: string) => T | undefined,
	): T | undefined {
		if (text === undefined) return undefined;
		if (text !== this.#text) {
			this.#value = read(text);
			this.#text = text;
		}
		return this.#value;
	}
}

export function parseCSeq(value: string): CSeq | undefined {
	const match = cseqPattern.exec(value);
	if (match === null) return undefined;
	const number = Number(match[1]);
	return number <= 0xffffffff
		? { number, method: match[2] as string }
		: undefined;
}

abstract class Message {
	headers: Headers;
	body: Buffer;
	readonly #from = new Cached<NameAddr>();
	readonly #to = new Cached<NameAddr>();
	readonly #via = new Cached<Via>();
	readonly #cseq = new Cached<CSeq>();

	constructor(headers: Headers, body: Buffer | string) {
		this.headers = headers;
		this.body = typeof body === "string" ? Buffer.from(body) : body;
	}

	/** The start line, without its CRLF. */
	abstract get startLine(): string;

	get callId(): string {
		return this.headers.get("call-id") ?? "";
	}

	get cseq(): CSeq | undefined {
		return this.#cseq.get(this.headers.get("cseq"), parseCSeq);
	}

	get from(): NameAddr | undefined {
		return this.#from.get(this.headers.get("from"), parseNameAddr);
	}

	get to(): NameAddr | undefined {
		return this.#to.get(this.headers.get("to"), parseNameAddr);
	}

	/** The From tag, or "". */
	get fromTag(): string {
		return this.from?.params.get("tag") ?? "";
	}

	/** The To tag, or "". */
	get toTag(): string {
		return this.to?.params.get("tag") ?? "";
	}

	/** The topmost Via. */
	get via(): Via | undefined {
		return this.#via.get(this.headers.get("via"), (value) =>
			parseVia(splitList(value)[0] ?? ""),
		);
	}

	/** The whole message as text; a body that is no UTF-8 is not faithful here. */
	toString(): string {
		return `${writeHead(this)}${this.body.toString("utf8")}`;
	}
}

export class SipRequest extends Message {
	readonly kind = "request";
	readonly method: string;
	uri: string;

	constructor(
		method: string,
		uri: string,
		headers: Headers = new Headers(),
		body: Buffer | string = noBody,
	) {
		super(headers, body);
		this.method = method;
		this.uri = uri;
	}

	get startLine(): string {
		return `${this.method} ${this.uri} SIP/2.0`;
	}
}

export class SipResponse extends Message {
	readonly kind = "response";
	readonly status: number;
	readonly reason: string;

	constructor(
		status: number,
		reason: string = reasonPhrase(status),
		headers: Headers = new Headers(),
		body: Buffer | string = noBody,
	) {
		super(headers, body);
		this.status = status;
		this.reason = reason;
	}

	get startLine(): string {
		return `SIP/2.0 ${this.status} ${this.reason}`;
	}
}

export type SipMessage = SipRequest | SipResponse;

function writeHead(message: Message): string {
	let head = `${message.startLine}\r\n`;
	for (const { name, key, value } of message.headers)
		if (key !== "content-length") head += `${name}: ${value}\r\n`;
	return `${head}Content-Length: ${message.body.length}\r\n\r\n`;
}

/** The message as it goes on the wire, with its true Content-Length as last header. */
export function writeMessage(message: SipMessage): Buffer {
	const head = writeHead(message);
	if (message.body.length === 0) return Buffer.from(head);
	const headBytes = Buffer.byteLength(head);
	const bytes = Buffer.allocUnsafe(headBytes + message.body.length);
	bytes.write(head, 0, "utf8");
	message.body.copy(bytes, headBytes);
	return bytes;
}

const copiedHeaders = ["from", "to", "call-id", "cseq"] as const;

/**
 * A response to this request: Via, From, To, Call-ID and CSeq copied as they stand (RFC 3261, 8.2.6), `toTag` put on a To
 * that has none, unless it is a 100. The caller adds everything else.
 */
export function responseTo(
	request: SipRequest,
	status: number,
	options: { readonly reason?: string; readonly toTag?: string } = {},
): SipResponse {
	const headers = new Headers();
	for (const via of request.headers.getAll("via")) headers.add("Via", via);
	const names = { from: "From", to: "To", "call-id": "Call-ID", cseq: "CSeq" };
	for (const key of copiedHeaders) {
		let value = request.headers.get(key);
		if (value === undefined) continue;
		if (key === "to" && status > 100 && options.toTag !== undefined)
			if (request.toTag === "") value += `;tag=${options.toTag}`;
		headers.add(names[key], value);
	}
	return new SipResponse(status, options.reason, headers);
}
