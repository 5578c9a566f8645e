/** One application connected to the control port: its socket, what it routes, and what it has in its hands. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { Socket } from "node:net";
import type {
	ClientTransaction,
	ServerTransaction,
} from "../sip-stack/index.ts";
import type { Dialog } from "./dialog.ts";

/** A request from the network that the application is to answer. */
export interface NetworkRequest {
	readonly transactionId: string;
	readonly transaction: ServerTransaction;
	/** The tag of To in every response, unless the application's first response brings its own. */
	localTag: string;
	dialog: Dialog | undefined;
	/** True when the dialog was there before the request. */
	readonly inDialog: boolean;
	readonly since: number;
}

export class Application {
	readonly name: string;
	readonly routes = new Set<string>();
	authenticated = false;
	/** By transaction id, the oldest first. */
	readonly requests = new Map<string, NetworkRequest>();
	/** INVITEs that this application sent and that have no final answer yet, by transaction id. */
	readonly invites = new Map<string, ClientTransaction>();
	readonly dialogs = new Set<Dialog>();
	readonly #socket: Socket;
	#corked = false;
	/** When it last took something, or had nothing to take. */
	#progressAt = performance.now();
	readonly #taken = () => {
		this.#progressAt = performance.now();
	};

	constructor(socket: Socket) {
		this.#socket = socket;
		this.name = `${socket.remoteAddress}:${socket.remotePort}`;
	}

	get closed(): boolean {
		return this.#socket.destroyed || this.#socket.writableEnded;
	}

	/** What waits for it to read, in bytes. Its senders are refused while this is much; that it reads slowly is no fault. */
	get unsentBytes(): number {
		return this.#socket.writableLength;
	}

	/** True when there is something to read and it has taken nothing for so long. */
	isStuck(ms: number): boolean {
		return this.unsentBytes > 0 && performance.now() - this.#progressAt > ms;
	}

	/** Frames sent in one turn of the event loop leave in one system call. */
	send(frame: Buffer): void {
		if (this.closed) return;
		if (!this.#corked) {
			this.#corked = true;
			this.#socket.cork();
			process.nextTick(() => {
				this.#corked = false;
				this.#socket.uncork();
			});
		}
		if (this.unsentBytes === 0) this.#progressAt = performance.now();
		this.#socket.write(frame, this.#taken);
	}

	/** Ends the connection when what was sent before is through. */
	end(): void {
		this.#socket.end();
	}

	destroy(why?: string): void {
		this.#socket.destroy(why === undefined ? undefined : new Error(why));
	}
}

/** Takes the same time whatever the guess is. */
export function isSecret(guess: string, secret: string): boolean {
	const digest = (text: string) => createHash("sha256").update(text).digest();
	return timingSafeEqual(digest(guess), digest(secret));
}
