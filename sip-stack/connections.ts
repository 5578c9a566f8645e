/** The stream connections of one socket: how many there may be, and which have been silent or half-sent for too long. */
import type { Closing } from "./closing.ts";
import type { MessageLimits } from "./parse.ts";
import type { Partials } from "./partials.ts";
import type { Timer, TimerOwner } from "./timers.ts";
import type { Flow, FlowHandlers, TransportLimits } from "./transport.ts";

const sweepMs = 5000;

/** What every stream connection of one stack shares. */
export interface StreamContext {
	readonly messageLimits: MessageLimits;
	readonly transportLimits: TransportLimits;
	readonly partials: Partials;
	readonly handlers: FlowHandlers;
	readonly timers: TimerOwner;
	/** Connections that were made end with the stack, established or not. */
	readonly closing: Pick<Closing, "add">;
}

export interface Connection extends Flow {
	readonly heardAt: number;
	/** When the message now coming in began, undefined between messages. */
	readonly messageBegunAt: number | undefined;
	/** Ends the connection at once, whatever is still unsent. */
	destroy(): void;
}

export class Connections {
	readonly #limits: TransportLimits;
	readonly #timers: TimerOwner;
	readonly #all = new Set<Connection>();
	readonly #perHost = new Map<string, number>();
	#sweep: Timer | undefined;

	constructor(limits: TransportLimits, timers: TimerOwner) {
		this.#limits = limits;
		this.#timers = timers;
	}

	/** True when one more connection from this host is within the limits. */
	hasRoomFor(host: string): boolean {
		return (
			this.#all.size < this.#limits.connections &&
			(this.#perHost.get(host) ?? 0) < this.#limits.connectionsPerHost
		);
	}

	add(connection: Connection): void {
		this.#all.add(connection);
		const { host } = connection.remote;
		this.#perHost.set(host, (this.#perHost.get(host) ?? 0) + 1);
		this.#sweep ??= this.#timers.start(sweepMs, () => this.#closeStale());
	}

	remove(connection: Connection): void {
		if (!this.#all.delete(connection)) return;
		const { host } = connection.remote;
		const left = (this.#perHost.get(host) ?? 1) - 1;
		if (left === 0) this.#perHost.delete(host);
		else this.#perHost.set(host, left);
		if (this.#all.size > 0) return;
		this.#sweep?.stop();
		this.#sweep = undefined;
	}

	destroyAll(): void {
		for (const connection of this.#all) connection.destroy();
	}

	#closeStale(): void {
		this.#sweep = this.#timers.start(sweepMs, () => this.#closeStale());
		const now = performance.now();
		const { idleMs, messageMs } = this.#limits;
		for (const connection of this.#all) {
			const begun = connection.messageBegunAt;
			const stuck = begun !== undefined && now - begun > messageMs;
			const idle = idleMs > 0 && now - connection.heardAt > idleMs;
			if (stuck || idle) connection.close();
		}
	}
}
