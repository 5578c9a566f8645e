/** A byte stream cut into SIP messages by Content-Length, whatever segments it comes in (RFC 3261, 18.3; RFC 5626, 3.5.1). */
import type { SipMessage } from "./message.ts";
import {
	attachBody,
	contentLength,
	type MessageLimits,
	parseHead,
	SipParseError,
} from "./parse.ts";

export interface FramingHandlers {
	message(message: SipMessage): void;
	/** CRLFCRLF between messages: the peer asks whether we live and expects one CRLF. */
	ping(): void;
}

const cr = 0x0d;
const lineFeed = 0x0a;
const headEnd = Buffer.from("\r\n\r\n");
const initialBytes = 4096;

/**
 * Takes segments and tells whole messages. State: skipping CRLFs between messages → gathering a head, until its empty line →
 * gathering a body of known length → skipping again. Every byte is looked at a constant number of times: what was searched is
 * remembered, and what is left over is moved only when its buffer grows or its segment is done with. After a fault the place of the
 * next message is unknown, so the stream is lost: `push` throws and must not be called again.
 */
export class Framing {
	readonly #limits: MessageLimits;
	readonly #handlers: FramingHandlers;
	/** Bytes not yet consumed are `#bytes` from `#start` to `#end`. */
	#bytes: Buffer = Buffer.alloc(0);
	#start = 0;
	#end = 0;
	/** True when `#bytes` is ours and may be written to, false when it is a segment that was handed in. */
	#owned = true;
	/** Where the search for the end of the head goes on, and where its last unfinished line began. */
	#searched = 0;
	#lineStart = 0;
	/** Lines of the head so far. */
	#lines = 0;
	/** Empty lines seen since the last message; two are a ping. */
	#emptyLines = 0;
	#waiting: { message: SipMessage; length: number } | undefined;

	constructor(limits: MessageLimits, handlers: FramingHandlers) {
		this.#limits = limits;
		this.#handlers = handlers;
	}

	/** True when a message has begun and is not complete. */
	get inMessage(): boolean {
		return this.#waiting !== undefined || this.#end > this.#start;
	}

	/** What the unfinished message keeps in memory. */
	get heldBytes(): number {
		return this.inMessage ? this.#bytes.length : 0;
	}

	/** The request whose body is still coming in. */
	get begun(): SipParseError["request"] {
		const message = this.#waiting?.message;
		return message?.kind === "request" ? message : undefined;
	}

	/** Lets go of the unfinished message: the stream has ended. */
	drop(): void {
		this.#reset();
		this.#waiting = undefined;
	}

	/**
	 * Takes the next segment of the stream, which must not be changed afterwards.
	 * @throws SipParseError once the stream cannot be read any further
	 */
	push(segment: Buffer): void {
		this.#append(segment);
		while (this.#step());
		if (this.#start === this.#end) this.#reset();
		else if (!this.#owned) this.#own();
	}

	#append(segment: Buffer): void {
		if (this.#start === this.#end) {
			this.#bytes = segment;
			this.#owned = false;
			this.#start = 0;
			this.#end = segment.length;
			this.#searched = 0;
			this.#lineStart = 0;
			return;
		}
		const needed = this.#end - this.#start + segment.length;
		if (this.#end + segment.length > this.#bytes.length) this.#move(needed);
		segment.copy(this.#bytes, this.#end);
		this.#end += segment.length;
	}

	/** Keeps what is left of a segment in a buffer of our own: bodies point into segments, which are never written to. */
	#own(): void {
		this.#move(this.#end - this.#start);
		this.#owned = true;
	}

	/** Into a fresh buffer, because message bodies may still point into the old one. */
	#move(needed: number): void {
		const bytes = Buffer.allocUnsafeSlow(Math.max(initialBytes, needed * 2));
		this.#bytes.copy(bytes, 0, this.#start, this.#end);
		this.#searched -= this.#start;
		this.#lineStart -= this.#start;
		this.#end -= this.#start;
		this.#start = 0;
		this.#bytes = bytes;
	}

	#reset(): void {
		this.#bytes = headEnd.subarray(0, 0);
		this.#start = 0;
		this.#end = 0;
		this.#owned = true;
		this.#searched = 0;
		this.#lineStart = 0;
	}

	/** Consumes one thing from the front; false when more bytes are needed first. */
	#step(): boolean {
		if (this.#waiting !== undefined) return this.#body(this.#waiting);
		return this.#betweenMessages() && this.#head();
	}

	#betweenMessages(): boolean {
		while (this.#start < this.#end) {
			const first = this.#bytes[this.#start];
			if (first === cr) {
				if (this.#start + 1 === this.#end) return false;
				if (this.#bytes[this.#start + 1] !== lineFeed)
					throw new SipParseError(400, "stray carriage return");
				this.#start += 2;
				if (++this.#emptyLines % 2 === 0) this.#handlers.ping();
			} else if (first === 0) throw new SipParseError(400, "NUL byte");
			else {
				this.#searched = Math.max(this.#searched, this.#start);
				this.#lineStart = Math.max(this.#lineStart, this.#start);
				return true;
			}
		}
		return false;
	}

	#head(): boolean {
		const at = this.#endOfHead();
		if (at < 0) return false;
		const head = this.#bytes.subarray(this.#start, at);
		this.#start = at + headEnd.length;
		this.#emptyLines = 0;
		this.#lines = 0;
		const message = parseHead(head, this.#limits);
		const request = message.kind === "request" ? message : undefined;
		const length = contentLength(message.headers);
		if (length === undefined)
			throw new SipParseError(400, "no Content-Length", request);
		if (Number.isNaN(length))
			throw new SipParseError(400, "malformed Content-Length", request);
		if (head.length + headEnd.length + length > this.#limits.messageBytes)
			throw new SipParseError(413, "message too large", request);
		this.#waiting = { message, length };
		return true;
	}

	/** Index of the empty line that ends the head, or -1 when it has not come; throws where no head can be so long. */
	#endOfHead(): number {
		for (;;) {
			const lf = this.#bytes
				.subarray(0, this.#end)
				.indexOf(lineFeed, this.#searched);
			const lineEnd = lf < 0 ? this.#end : lf;
			if (lineEnd - this.#lineStart > this.#limits.lineBytes + 1)
				throw new SipParseError(400, "line too long", this.#partial());
			if (lf < 0) {
				this.#searched = this.#end;
				if (this.#end - this.#start > this.#limits.messageBytes)
					throw new SipParseError(413, "message too large", this.#partial());
				return -1;
			}
			const emptyAt = this.#lineStart;
			this.#searched = lf + 1;
			this.#lineStart = lf + 1;
			if (this.#bytes[lf - 1] !== cr || lf === emptyAt)
				throw new SipParseError(400, "stray line feed", this.#partial());
			if (lf === emptyAt + 1) return emptyAt - 2;
			if (++this.#lines > this.#limits.headerCount + 1)
				throw new SipParseError(400, "too many headers", this.#partial());
		}
	}

	/** What can be read of a request whose head does not end, to answer it with. */
	#partial(): SipParseError["request"] {
		try {
			const head = this.#bytes.subarray(this.#start, this.#lineStart);
			const message = parseHead(head, this.#limits);
			return message.kind === "request" ? message : undefined;
		} catch (error) {
			return error instanceof SipParseError ? error.request : undefined;
		}
	}

	#body({ message, length }: { message: SipMessage; length: number }): boolean {
		if (this.#end - this.#start < length) return false;
		const body = this.#bytes.subarray(this.#start, this.#start + length);
		attachBody(message, body, this.#limits);
		this.#start += length;
		this.#searched = this.#start;
		this.#lineStart = this.#start;
		this.#waiting = undefined;
		this.#handlers.message(message);
		return true;
	}
}
