/** Where the edge's log lines go, and how a flood of bad input is kept from becoming a flood of lines. */
import type { Timer, TimerOwner } from "../sip-stack/index.ts";

type Write = (fields: Readonly<Record<string, unknown>>, text: string) => void;

/** The part of a pino logger that the edge uses. */
export interface EdgeLog {
	debug: Write;
	info: Write;
	warn: Write;
	error: Write;
}

const burst = 5;
const windowMs = 10_000;

/** Warnings about what strangers send: a few of each text in ten seconds, then one line that counts the rest. */
export class LimitedWarnings {
	readonly #log: EdgeLog;
	readonly #timers: TimerOwner;
	readonly #counts = new Map<string, number>();
	#window: Timer | undefined;

	constructor(log: EdgeLog, timers: TimerOwner) {
		this.#log = log;
		this.#timers = timers;
	}

	/** `text` must be one of a fixed set of strings. */
	warn(fields: Readonly<Record<string, unknown>>, text: string): void {
		const count = (this.#counts.get(text) ?? 0) + 1;
		this.#counts.set(text, count);
		this.#window ??= this.#timers.start(windowMs, () => this.#endWindow());
		if (count <= burst) this.#log.warn(fields, text);
	}

	#endWindow(): void {
		this.#window = undefined;
		for (const [text, count] of this.#counts)
			if (count > burst)
				this.#log.warn({ notLogged: count - burst, seconds: 10 }, text);
		this.#counts.clear();
	}
}
