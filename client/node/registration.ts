/** One user's registration: made, refreshed at half of the granted time, taken back (RFC 3261, section 10). */
import {
	newCallId,
	newTag,
	parseNameAddr,
	type SipResponse,
	splitList,
} from "../../sip-stack/index.ts";
import { SipRefused, SipUnreachable } from "../sip-agent.ts";
import { answerOf } from "./dialog.ts";
import type { Line } from "./line.ts";

export interface RegistrationOptions {
	readonly user: string;
	readonly registrar: string;
	/** Asked for; the server decides. */
	readonly seconds: number;
	/** How long the first answer may take. */
	readonly answerMs: number;
}

const retryMs = 5000;

export class Registration {
	readonly #line: Line;
	readonly #options: RegistrationOptions;
	readonly #onLost: (error: SipUnreachable) => void;
	readonly #callId = newCallId();
	readonly #from: string;
	#cseq = 0;
	#seconds: number;
	#refresh: ReturnType<typeof setTimeout> | undefined;
	/** When the registration ends unless it is refreshed. */
	#endsAt = 0;
	#over = false;

	constructor(
		line: Line,
		options: RegistrationOptions,
		onLost: (error: SipUnreachable) => void,
	) {
		this.#line = line;
		this.#options = options;
		this.#onLost = onLost;
		this.#seconds = options.seconds;
		this.#from = `<${options.user}>;tag=${newTag()}`;
	}

	/** Rejects with `SipRefused`, or `SipUnreachable` when nobody answers in time. */
	async begin(): Promise<void> {
		const { answerMs } = this.#options;
		let timer: ReturnType<typeof setTimeout> | undefined;
		const silence = new Promise<never>((_, reject) => {
			timer = setTimeout(
				() => reject(new SipUnreachable(`no answer in ${answerMs} ms`)),
				answerMs,
			);
		});
		try {
			await Promise.race([this.#register(), silence]);
		} finally {
			clearTimeout(timer);
		}
	}

	async #register(): Promise<void> {
		let response = await this.#send(this.#seconds);
		if (response.status === 423) {
			this.#seconds = Number(response.headers.get("min-expires")) || 3600;
			response = await this.#send(this.#seconds);
		}
		if (response.status < 200 || response.status > 299) {
			throw new SipRefused("REGISTER", answerOf(response));
		}
		const granted = this.#granted(response);
		this.#endsAt = performance.now() + granted * 1000;
		this.#refreshIn(granted * 500);
	}

	#send(seconds: number): Promise<SipResponse> {
		const { user, registrar } = this.#options;
		return this.#line.request({
			method: "REGISTER",
			uri: registrar,
			headers: [
				["From", this.#from],
				["To", `<${user}>`],
				["Call-ID", this.#callId],
				["Contact", this.#line.contact],
				["Expires", String(seconds)],
			],
			nextCSeq: () => ++this.#cseq,
			forward: true,
		});
	}

	/** `expires` of our own Contact, else the Expires header, else what we asked for. */
	#granted(response: SipResponse): number {
		const own = parseNameAddr(this.#line.contact)?.uri;
		for (const value of response.headers.getAll("contact").flatMap(splitList)) {
			const contact = parseNameAddr(value);
			const expires = Number(contact?.params.get("expires"));
			if (contact?.uri === own && expires > 0) return expires;
		}
		const expires = Number(response.headers.get("expires"));
		return expires > 0 ? expires : this.#seconds;
	}

	#refreshIn(ms: number): void {
		if (this.#over) return;
		// A longer timer than this is none: Node fires it at once.
		const wait = Math.min(Math.max(ms, 500), 2 ** 31 - 1);
		this.#refresh = setTimeout(() => void this.#again(), wait);
	}

	async #again(): Promise<void> {
		try {
			await this.#register();
		} catch (error) {
			if (this.#over || error instanceof SipUnreachable) return;
			const refused = error instanceof SipRefused ? error.status : 500;
			const forGood = [401, 403, 404, 407].includes(refused);
			if (forGood || performance.now() + retryMs > this.#endsAt) {
				this.#onLost(
					new SipUnreachable(`the registration ended: ${String(error)}`),
				);
			} else this.#refreshIn(retryMs);
		}
	}

	/** Takes the registration back. */
	async end(): Promise<void> {
		this.#over = true;
		clearTimeout(this.#refresh);
		if (this.#endsAt > 0) await this.#send(0);
	}
}
