/** The payload of control frames: what applications send, taken apart, and what they are sent, put together. */
import { randomUUID } from "node:crypto";
import {
	type Flow,
	type HostPort,
	type SipMessage,
	writeMessage,
} from "../sip-stack/index.ts";

/** The SIP-like text behind a leader line: any headers, no particular order, Content-Length not needed. */
export interface AppMessage {
	readonly startLine: string;
	readonly headers: readonly (readonly [name: string, value: string])[];
	/** Why it cannot be sent: a line that is no header or would break the message, or more than drachtio-server sends whole. */
	readonly fault: string | undefined;
	readonly body: string;
}

export interface AppFrame {
	readonly msgId: string;
	readonly command: string;
	readonly fields: readonly string[];
	readonly message: AppMessage;
}

const headerName = /^[A-Za-z0-9\-.!%*_+`'~]+$/;
const startLineBytes = 512;
const headersBytes = 8400;
const breaksLine = /[\r\n\0]/;

/**
 * drachtio-server copies a message into fields of fixed size and sends what is beyond them cut off without a word. (It does so with bodies
 * over 12,288 bytes too, but no frame that it can read holds one.)
 */
function tooLong(startLine: string, head: string): string | undefined {
	if (Buffer.byteLength(startLine) > startLineBytes)
		return `the start line is longer than ${startLineBytes} bytes`;
	const headerBytes = Buffer.byteLength(head) - Buffer.byteLength(startLine);
	return headerBytes > headersBytes
		? `the headers are longer than ${headersBytes} bytes`
		: undefined;
}

function parseAppMessage(text: string): AppMessage {
	const headEnd = text.indexOf("\r\n\r\n");
	const head = headEnd < 0 ? text : text.slice(0, headEnd);
	const body = headEnd < 0 ? "" : text.slice(headEnd + 4);
	const lines = head.split("\r\n");
	const headers: (readonly [string, string])[] = [];
	let fault = tooLong(lines[0] ?? "", head);
	for (const line of lines.slice(1)) {
		if (line === "") continue;
		const colon = line.indexOf(":");
		const name = line.slice(0, Math.max(colon, 0)).trim();
		const value = line.slice(colon + 1).trim();
		if (!headerName.test(name) || breaksLine.test(value))
			fault ??= "invalid header";
		else headers.push([name, value]);
	}
	return { startLine: lines[0] ?? "", headers, fault, body };
}

/** `msgId|command|field|…` and, on further lines, SIP-like text. Never throws: what is missing is empty. */
export function parseAppFrame(payload: string): AppFrame {
	const lineEnd = payload.indexOf("\r\n");
	const leader = lineEnd < 0 ? payload : payload.slice(0, lineEnd);
	const [msgId = "", command = "", ...fields] = leader.split("|");
	const text = lineEnd < 0 ? "" : payload.slice(lineEnd + 2);
	return { msgId, command, fields, message: parseAppMessage(text) };
}

function pad(value: number, digits: number): string {
	return String(value).padStart(digits, "0");
}

/** HH:MM:SS.uuuuuu in UTC; the clock gives milliseconds. */
function timeText(): string {
	const now = new Date();
	return `${pad(now.getUTCHours(), 2)}:${pad(now.getUTCMinutes(), 2)}:${pad(now.getUTCSeconds(), 2)}.${pad(now.getUTCMilliseconds(), 3)}000`;
}

function frame(leader: string, bytes: Buffer | undefined): Buffer {
	if (bytes === undefined) {
		return Buffer.from(`${Buffer.byteLength(leader)}#${leader}`);
	}
	const length = Buffer.byteLength(leader) + 2 + bytes.length;
	const head = `${length}#${leader}\r\n`;
	const headBytes = Buffer.byteLength(head);
	const whole = Buffer.allocUnsafe(headBytes + bytes.length);
	whole.write(head, 0, "utf8");
	bytes.copy(whole, headBytes);
	return whole;
}

/** drachtio-server leaves the protocol empty for ACKs and for most echoes, and calls a WebSocket tcp. */
function meta(source: string, bytes: Buffer, flow: Flow, named: boolean) {
	const transport = flow.transport === "udp" ? "udp" : "tcp";
	const protocol = named ? transport : "";
	const { host, port } = flow.remote;
	return `${source}|${bytes.length}|${protocol}|${host}|${port}|${timeText()}`;
}

export interface SipFrame {
	readonly message: SipMessage;
	readonly flow: Flow;
	readonly transactionId: string;
	readonly dialogId: string;
	/** `application` for what the edge itself sent on behalf of nobody. */
	readonly source?: "network" | "application";
	/** The listener that a request outside any dialog came in by. */
	readonly receivedOn?: HostPort;
}

/** A SIP message on its way to an application. */
export function sipFrame(sip: SipFrame): Buffer {
	const { message, flow, transactionId, dialogId, receivedOn } = sip;
	const bytes = writeMessage(message);
	const ack = message.kind === "request" && message.method === "ACK";
	const source = sip.source ?? "network";
	const facts = meta(source, bytes, flow, !ack);
	const at = receivedOn && `${receivedOn.host}|${receivedOn.port}|`;
	const tail = dialogId === "" ? `|${at ?? ""}` : `${dialogId}|`;
	const leader = `${randomUUID()}|sip|${facts}|${transactionId}|${tail}`;
	return frame(leader, bytes);
}

/** The answer to a command that sent nothing: `OK`, `OK|…`, `NO|reason`, `NOK|reason`. */
export function answerFrame(msgId: string, answer: string): Buffer {
	return frame(`${randomUUID()}|response|${msgId}|${answer}`, undefined);
}

/** The answer to a request or CANCEL of the application: the message as it was sent. */
export function requestEcho(
	msgId: string,
	message: SipMessage,
	flow: Flow,
	transactionId: string,
): Buffer {
	const bytes = writeMessage(message);
	const facts = meta("application", bytes, flow, true);
	return frame(
		`${randomUUID()}|response|${msgId}|OK|${facts}|${transactionId}|Msg sent:|`,
		bytes,
	);
}

/** The answer to a response of the application: the message as it was sent, and the dialog it belongs to. */
export function responseEcho(
	msgId: string,
	message: SipMessage,
	flow: Flow,
	ids: { readonly transactionId: string; readonly dialogId: string },
): Buffer {
	const bytes = writeMessage(message);
	const named = message.cseq?.method === "INVITE";
	const facts = meta("application", bytes, flow, named);
	return frame(
		`${randomUUID()}|response|${msgId}|OK|${facts}|${ids.transactionId}|${ids.dialogId}||Msg sent:|`,
		bytes,
	);
}
