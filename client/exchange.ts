/**
 * Commands and their replies on one dialog: INFOs go out one after another in the order of the calls, replies find their
 * command by its envid, and an overloaded service is asked again with the same envid.
 */
import { ChatDisconnected, ChatRefused, ChatTimeout } from "./errors.ts";
import type { SipAnswer, SipDialog } from "./sip-agent.ts";
import type { Reply } from "./xccos/envelope.ts";

export interface ExchangeLimits {
	/** From the call until the last part of the reply. */
	readonly commandMs: number;
	/** How often an overload (503 with Retry-After) is answered by asking again, each time after twice the pause. */
	readonly retries: number;
	/** No pause is longer. */
	readonly longestRetryMs: number;
	/**
	 * A post with a longer line of XML is refused here: SIP servers answer such a line with 400 and cut the connection
	 * (8,192 bytes at drachtio-server).
	 */
	readonly lineBytes: number;
}

export const defaultExchangeLimits: ExchangeLimits = {
	commandMs: 15_000,
	retries: 5,
	longestRetryMs: 10_000,
	lineBytes: 8192,
};

/** Where nobody says how long to wait. */
const usualRetryMs = 5_000;

interface Waiting {
	readonly what: string;
	readonly parts: Reply[];
	readonly resolve: (parts: readonly Reply[]) => void;
	readonly reject: (error: Error) => void;
}

export class Exchange {
	readonly #dialog: SipDialog;
	readonly #limits: ExchangeLimits;
	readonly #waiting = new Map<string, Waiting>();
	/** Ends the pause before a retry. */
	readonly #pauses = new Set<() => void>();
	#turn: Promise<unknown> = Promise.resolve();
	#ended: ChatDisconnected | undefined;
	#envid = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;

	constructor(
		dialog: SipDialog,
		limits: ExchangeLimits = defaultExchangeLimits,
	) {
		this.#dialog = dialog;
		this.#limits = limits;
	}

	get limits(): ExchangeLimits {
		return this.#limits;
	}

	/** A fresh one: 32 bits, as every known client uses, one up each time. */
	newEnvid(): string {
		this.#envid = (this.#envid + 1) % 2 ** 32;
		return String(this.#envid);
	}

	/**
	 * Sends a command; resolves with all parts of its reply, whose codes are all 200. Rejects with `ChatRefused`,
	 * `ChatTimeout` or `ChatDisconnected`. `what` names the command in errors.
	 */
	command(
		what: string,
		encode: (envid: string) => string,
	): Promise<readonly Reply[]> {
		const envid = this.newEnvid();
		return new Promise<readonly Reply[]>((resolve, reject) => {
			const timer = setTimeout(() => {
				finish();
				reject(
					new ChatTimeout(`${what}: no reply in ${this.#limits.commandMs} ms`),
				);
			}, this.#limits.commandMs);
			const finish = () => {
				clearTimeout(timer);
				this.#waiting.delete(envid);
			};
			const failed = (error: Error) => {
				finish();
				reject(error);
			};
			this.#waiting.set(envid, {
				what,
				parts: [],
				resolve: (parts) => {
					finish();
					resolve(parts);
				},
				reject: failed,
			});
			this.send(what, encode(envid)).catch(failed);
		});
	}

	/**
	 * Sends one INFO when those before it were answered; resolves when it was answered 200. Rejects with `ChatRefused` on
	 * any other status (503 with Retry-After: after the retries), with `ChatDisconnected` when the dialog ended.
	 */
	send(what: string, body: string): Promise<void> {
		const sent = this.#turn.then(() => this.#sendNow(what, body));
		this.#turn = sent.catch(() => undefined);
		return sent;
	}

	async #sendNow(what: string, body: string): Promise<void> {
		for (let attempt = 0; ; attempt++) {
			const answer = await this.#info(what, body);
			if (answer.status === 200) return;
			const retry =
				answer.status === 503 &&
				answer.retryAfterSeconds !== undefined &&
				attempt < this.#limits.retries;
			if (!retry) throw new ChatRefused(what, answer.status, answer.reason);
			await this.#pause((answer.retryAfterSeconds ?? 0) * 1000, attempt);
		}
	}

	async #info(what: string, body: string): Promise<SipAnswer> {
		if (this.#ended) throw this.#ended;
		let answer: SipAnswer;
		try {
			answer = await this.#dialog.sendInfo(body);
		} catch (error) {
			throw (
				this.#ended ??
				new ChatDisconnected(`${what}: ${String(error)}`, { cause: error })
			);
		}
		if (answer.status === 481 || answer.status === 408) {
			throw new ChatDisconnected(
				`${what}: the service does not answer in this dialog any more`,
			);
		}
		return answer;
	}

	/**
	 * As `send`, once more after a pause, before what is called later: an overload was told in XML, which does not say how long to wait.
	 * `attempt`: 0 the first time.
	 */
	sendAgain(what: string, body: string, attempt: number): Promise<void> {
		const sent = this.#turn.then(async () => {
			await this.#pause(usualRetryMs, attempt);
			await this.#sendNow(what, body);
		});
		this.#turn = sent.catch(() => undefined);
		return sent;
	}

	/** A little longer than asked, each time by another bit, so that many clients do not come back as one. */
	#pause(ms: number, attempt: number): Promise<void> {
		const { longestRetryMs } = this.#limits;
		const growing = Math.min(ms * 2 ** attempt, longestRetryMs);
		const wait = growing * (1 + Math.random() * 0.25);
		return new Promise((resolve) => {
			const wake = () => {
				clearTimeout(timer);
				this.#pauses.delete(wake);
				resolve();
			};
			const timer = setTimeout(wake, wait);
			this.#pauses.add(wake);
		});
	}

	/** Gives a reply to the command that waits for it; false when none does. */
	reply(reply: Reply): boolean {
		const waiting =
			reply.command === undefined
				? undefined
				: this.#waiting.get(reply.command);
		if (!waiting) return false;
		if (reply.code !== 200) {
			waiting.reject(new ChatRefused(waiting.what, reply.code, reply.text));
			return true;
		}
		waiting.parts.push(reply);
		if (!reply.more) waiting.resolve(waiting.parts);
		return true;
	}

	/** The dialog is over: everything that waits rejects. */
	end(why: string): void {
		if (this.#ended) return;
		this.#ended = new ChatDisconnected(why);
		for (const wake of [...this.#pauses]) wake();
		for (const waiting of [...this.#waiting.values()]) {
			waiting.reject(this.#ended);
		}
	}
}
