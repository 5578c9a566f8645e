/**
 * Bytes to a SIP message, strictly: start line, header syntax, folding, and the headers that every message needs
 * (RFC 3261, sections 7, 8.1.1, 18.3 and 25).
 */
import { Headers } from "./headers.ts";
import {
	parseCSeq,
	type SipMessage,
	SipRequest,
	SipResponse,
} from "./message.ts";
import { isToken } from "./uri.ts";

export interface MessageLimits {
	/** Head and body together; longer is answered 413. */
	readonly messageBytes: number;
	/** Any line, of head or body, without its line end; longer is answered 400. */
	readonly lineBytes: number;
	readonly headerCount: number;
}

/** What drachtio-server accepts, with a bound on the number of headers. */
export const defaultLimits: MessageLimits = {
	messageBytes: 2 * 1024 * 1024,
	lineBytes: 8192,
	headerCount: 500,
};

/** Bytes that are no SIP message, with the status that its sender should be answered. */
export class SipParseError extends Error {
	override readonly name = "SipParseError";
	readonly status: number;
	/** What could be read of a faulty request: enough to answer it when it has a Via; undefined for a faulty response or garbage. */
	readonly request: SipRequest | undefined;

	constructor(status: number, reason: string, request?: SipRequest) {
		super(reason);
		this.status = status;
		this.request = request;
	}
}

const bareLineEndOrNul = /\r(?!\n)|(?<!\r)\n|\0/;
const requestLine = /^([^ ]{1,64}) ([^ ]+) SIP\/2\.0$/i;
const statusLine = /^SIP\/2\.0 ([1-6]\d\d)(?: (.*))?$/i;
/** Printable ASCII only: an application that reads other blanks as blanks would take the line apart in another way. */
const requestUri = /^[A-Za-z][A-Za-z0-9+.-]*:[!#-;=?-~]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const unprintable = /[\0-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]/;
const lineFeed = 0x0a;
const cr = 0x0d;

/** The first fault of the header syntax is kept, so that the rest can still be read to answer with. */
function parseHeaders(
	lines: readonly string[],
	limits: MessageLimits,
): { headers: Headers; fault: string | undefined } {
	const headers = new Headers();
	let fault: string | undefined;
	for (let i = 1; i < lines.length; ) {
		const line = lines[i++] as string;
		let folded: string[] | undefined;
		for (; i < lines.length; i++) {
			const next = lines[i] as string;
			if (next[0] !== " " && next[0] !== "\t") break;
			folded ??= [line];
			folded.push(next.trim());
		}
		const whole = folded === undefined ? line : folded.join(" ");
		const colon = whole.indexOf(":");
		const name = whole.slice(0, Math.max(colon, 0)).trimEnd();
		if (!isToken(name)) {
			fault ??= "malformed header line";
			continue;
		}
		if (headers.size >= limits.headerCount) {
			fault ??= "too many headers";
			break;
		}
		headers.add(name, whole.slice(colon + 1).trim());
	}
	return { headers, fault };
}

function faultOfHeaders(message: SipMessage): string | undefined {
	const { headers } = message;
	for (const name of ["From", "To", "Call-ID", "CSeq"]) {
		let count = 0;
		for (const entry of headers) if (entry.key === name.toLowerCase()) count++;
		if (count !== 1)
			return count === 0 ? `no ${name}` : `more than one ${name}`;
	}
	if (!headers.has("via")) return "no Via";
	if (message.via === undefined) return "malformed Via";
	if (message.from === undefined) return "malformed From";
	if (message.to === undefined) return "malformed To";
	if (!/^[^ \t]+$/.test(message.callId)) return "malformed Call-ID";
	const cseq = parseCSeq(headers.get("cseq") ?? "");
	if (cseq === undefined) return "malformed CSeq";
	if (message.kind === "request" && cseq.method !== message.method)
		return "CSeq of another method";
	const contact = headers.get("contact");
	if (contact === "") return "empty Contact";
	return undefined;
}

/** The bytes that Content-Length announces, undefined when there is none, NaN when it is malformed or contradicts itself. */
export function contentLength(headers: Headers): number | undefined {
	const values = headers.getAll("content-length");
	const first = values[0];
	if (first === undefined) return undefined;
	if (!/^\d{1,10}$/.test(first) || values.some((value) => value !== first))
		return Number.NaN;
	return Number(first);
}

function checkLines(
	bytes: Buffer,
	limits: MessageLimits,
	request: SipRequest | undefined,
): void {
	if (bytes.length <= limits.lineBytes) return;
	let start = 0;
	while (start <= bytes.length) {
		const lf = bytes.indexOf(lineFeed, start);
		let end = lf < 0 ? bytes.length : lf;
		if (end > start && bytes[end - 1] === cr) end--;
		if (end - start > limits.lineBytes)
			throw new SipParseError(400, "line too long", request);
		if (lf < 0) return;
		start = lf + 1;
	}
}

/**
 * Start line and headers, without the empty line that ends them. The message has no body yet.
 * @throws SipParseError
 */
export function parseHead(head: Buffer, limits: MessageLimits): SipMessage {
	const text = head.toString("utf8");
	const lines = text.split("\r\n");
	const start = lines[0] as string;
	const { headers, fault } = parseHeaders(lines, limits);
	const status = statusLine.exec(start);
	if (status !== null) {
		const message = new SipResponse(
			Number(status[1]),
			status[2] ?? "",
			headers,
		);
		const wrong =
			fault ??
			(bareLineEndOrNul.test(text) ? "stray byte" : undefined) ??
			(unprintable.test(message.reason) ? "malformed start line" : undefined);
		const reason = wrong ?? faultOfHeaders(message);
		if (reason !== undefined) throw new SipParseError(400, reason);
		checkLines(head, limits, undefined);
		return message;
	}
	const line = requestLine.exec(start);
	if (line === null) {
		if (/^[^ ]{1,64} [^ ]{1,2048} SIP\/\d/i.test(start)) {
			const [method = "", uri = ""] = start.split(" ");
			throw new SipParseError(
				505,
				"version not supported",
				isToken(method) ? new SipRequest(method, uri, headers) : undefined,
			);
		}
		throw new SipParseError(400, "malformed start line");
	}
	const message = new SipRequest(line[1] as string, line[2] as string, headers);
	if (!isToken(message.method))
		throw new SipParseError(400, "malformed method");
	if (bareLineEndOrNul.test(text))
		throw new SipParseError(400, "stray byte", message);
	checkLines(head, limits, message);
	const reason =
		fault ??
		(requestUri.test(message.uri) ? undefined : "malformed Request-URI") ??
		faultOfHeaders(message);
	if (reason !== undefined) throw new SipParseError(400, reason, message);
	return message;
}

/**
 * Gives a message its body, checking it against the limits.
 * @throws SipParseError
 */
export function attachBody(
	message: SipMessage,
	body: Buffer,
	limits: MessageLimits,
): void {
	const request = message.kind === "request" ? message : undefined;
	if (body.length > 0) {
		checkLines(body, limits, request);
		if (body.includes(0)) throw new SipParseError(400, "NUL byte", request);
	}
	message.body = body;
}

/**
 * One message that is alone in its bytes, as in a datagram or a WebSocket message: bytes beyond Content-Length are ignored,
 * fewer are a fault (RFC 3261, 18.3).
 * @throws SipParseError
 */
export function parseMessage(
	bytes: Buffer,
	limits: MessageLimits = defaultLimits,
): SipMessage {
	const end = bytes.indexOf("\r\n\r\n");
	if (end < 0) throw new SipParseError(400, "headers do not end");
	const message = parseHead(bytes.subarray(0, end), limits);
	const request = message.kind === "request" ? message : undefined;
	if (bytes.length > limits.messageBytes)
		throw new SipParseError(413, "message too large", request);
	const rest = bytes.subarray(end + 4);
	const length = contentLength(message.headers) ?? rest.length;
	if (!(length <= rest.length))
		throw new SipParseError(400, "Content-Length does not fit", request);
	attachBody(message, rest.subarray(0, length), limits);
	return message;
}
