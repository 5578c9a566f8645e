/** One's own posts until their copies came back: pairs each copy with its post, in order. */

import { forbiddenCharacter } from "../plugin/xccos/xml.ts";
import { ChatDisconnected, ChatRefused, ChatTimeout } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import type { Tell } from "./joined-rooms.ts";
import type { ChatMessage, PostReceipt } from "./types.ts";
import { encodePost, type Reply } from "./xccos/envelope.ts";

export interface NewPost {
	readonly room: string;
	readonly text: string;
	readonly alert: boolean;
}

interface Pending {
	readonly post: NewPost;
	/** Answered 200. */
	taken: boolean;
	/** The words of the last overload. */
	overload?: string;
	timer?: ReturnType<typeof setTimeout>;
	/** How often it was sent again because of an overload that was told in XML alone. */
	again: number;
	sendAgain(attempt: number): Promise<void>;
	readonly echoed: (message: ChatMessage) => void;
	readonly failed: (error: Error) => void;
}

export class Posts {
	readonly #pending = new Map<string, Pending>();
	readonly #echoMs: number;
	readonly #retries: number;
	readonly #tell: Tell;

	/** `retries`: how often an overload that was told in XML alone is answered by sending it again. */
	constructor(echoMs: number, retries: number, tell: Tell) {
		this.#echoMs = echoMs;
		this.#retries = retries;
		this.#tell = tell;
	}

	/** Resolves when the service has taken it. */
	async send(
		exchange: Exchange,
		author: string,
		post: NewPost,
	): Promise<PostReceipt> {
		const envid = exchange.newEnvid();
		const body = encodePost(envid, { ...post, author, at: new Date() });
		refuseUnfit(post.text, body, exchange.limits.lineBytes);
		let pending: Pending | undefined;
		const echo = new Promise<ChatMessage>((echoed, failed) => {
			pending = {
				post,
				taken: false,
				again: 0,
				sendAgain: (attempt) => exchange.sendAgain("post", body, attempt),
				echoed,
				failed,
			};
			this.#pending.set(envid, pending);
		});
		// Whoever does not ask for the echo is not troubled by its absence.
		echo.catch(() => undefined);
		const forget = () => {
			clearTimeout(pending?.timer);
			this.#pending.delete(envid);
		};
		echo.then(forget, forget);
		try {
			// The reply of a refusal may overtake the refusal of the INFO, and says more.
			await Promise.race([exchange.send("post", body), rejectionOf(echo)]);
		} catch (error) {
			forget();
			throw inBetterWords(error, pending?.overload);
		}
		if (pending && this.#pending.has(envid)) this.#taken(pending);
		return { echo: () => echo };
	}

	#taken(pending: Pending): void {
		pending.taken = true;
		pending.timer = setTimeout(
			() =>
				pending.failed(
					new ChatTimeout(
						`post: taken, but its copy did not come in ${this.#echoMs} ms`,
					),
				),
			this.#echoMs,
		);
	}

	/** A message of ours, as the service tells it to everybody. */
	echoed(message: ChatMessage): void {
		for (const pending of this.#pending.values()) {
			const { room, text } = pending.post;
			if (room !== message.room || text !== message.text) continue;
			pending.echoed(message);
			return;
		}
	}

	/** `rpl:grpchat`: a refusal told in XML, because a SIP server on the way may have answered 200 on its own. */
	reply(reply: Reply): void {
		if (reply.command === undefined || reply.code === 200) return;
		const pending = this.#pending.get(reply.command);
		if (!pending) return;
		if (reply.code === 503 && !pending.taken && pending.again === 0) {
			// The INFO is being answered 503 too, and sent again: not refused yet.
			pending.overload = reply.text;
			return;
		}
		const error = new ChatRefused("post", reply.code, reply.text);
		if (reply.code === 503 && pending.again < this.#retries) {
			void this.#again(pending, reply.command);
		} else this.#refused(pending, error);
	}

	/** Nobody has told of the overload but the reply: a SIP server on the way answers every INFO by itself. */
	async #again(pending: Pending, envid: string): Promise<void> {
		clearTimeout(pending.timer);
		pending.again += 1;
		try {
			await pending.sendAgain(pending.again - 1);
			if (this.#pending.has(envid)) this.#taken(pending);
		} catch (error) {
			this.#refused(pending, error);
		}
	}

	#refused(pending: Pending, error: unknown): void {
		const told = error instanceof Error ? error : new Error(String(error));
		pending.failed(told);
		if (pending.taken && told instanceof ChatRefused) {
			this.#tell("postRefused", { room: pending.post.room, error: told });
		}
	}

	/** The dialog is over: no copy of these will come in it. */
	end(why: string): void {
		for (const pending of [...this.#pending.values()]) {
			pending.failed(new ChatDisconnected(why));
		}
	}
}

/** What could not even be asked: it would be no XML, or cost the connection. Throws `ChatRefused`. */
function refuseUnfit(text: string, body: string, lineBytes: number): void {
	const forbidden = forbiddenCharacter(text);
	if (forbidden !== undefined) {
		throw new ChatRefused("post", 400, `${forbidden} may not be in a message`);
	}
	const longest = body
		.split("\r\n")
		.reduce((bytes, line) => Math.max(bytes, utf8Bytes(line)), 0);
	if (longest <= lineBytes) return;
	throw new ChatRefused(
		"post",
		413,
		`a line of the message takes ${longest} bytes once encoded, and SIP servers take ${lineBytes}: break it up (& and < take several bytes each)`,
	);
}

const encoder = new TextEncoder();

function utf8Bytes(text: string): number {
	return encoder.encode(text).length;
}

function inBetterWords(error: unknown, words: string | undefined): unknown {
	return error instanceof ChatRefused && error.code === 503 && words
		? new ChatRefused("post", 503, words)
		: error;
}

/** Settles only when `promise` rejects. */
function rejectionOf(promise: Promise<unknown>): Promise<never> {
	return new Promise((_, reject) => {
		promise.catch(reject);
	});
}
