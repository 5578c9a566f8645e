/** One application connected to the control port: its socket, what it routes, and what it has in its hands. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { Socket } from "node:net";
import type {
	ClientTransaction,
	ServerTransaction,
} from "../sip-stack/index.ts";
import type { Dialog } from "./dialog.ts";

/** An application that reads so slowly that this much waits for it is cut off. */
const maxUnsentBytes = 64 * 1024 * 1024;

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

	constructor(socket: Socket) {
		this.#socket = socket;
		this.name = `${socket.remoteAddress}:${socket.remotePort}`;
	}

	get closed(): boolean {
		return this.#socket.destroyed || this.#socket.writableEnded;
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
		this.#socket.write(frame);
		if (this.#socket.writableLength > maxUnsentBytes)
			this.#socket.destroy(new Error("the application does not read"));
	}

	/** Ends the connection when what was sent before is through. */
	end(): void {
		this.#socket.end();
	}

	destroy(): void {
		this.#socket.destroy();
	}
}

/** Takes the same time whatever the guess is. */
export function isSecret(guess: string, secret: string): boolean {
	const digest = (text: string) => createHash("sha256").update(text).digest();
	return timingSafeEqual(digest(guess), digest(secret));
}
