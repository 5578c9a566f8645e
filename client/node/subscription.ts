/** One question about the user's own settings: SUBSCRIBE, and the document in its answer or in a NOTIFY (RFC 6665; MS-SIP piggybacking). */
import {
	newCallId,
	newTag,
	responseTo,
	type ServerTransaction,
} from "../../sip-stack/index.ts";
import { SipRefused, type SubscribeRequest } from "../sip-agent.ts";
import { answerOf } from "./dialog.ts";
import type { Line } from "./line.ts";

export class Subscription {
	readonly #line: Line;
	readonly #user: string;
	readonly #request: SubscribeRequest;
	readonly #callId = newCallId();
	readonly #tag = newTag();
	readonly #notified: Promise<string>;
	#notify: (document: string) => void = () => undefined;

	constructor(line: Line, user: string, request: SubscribeRequest) {
		this.#line = line;
		this.#user = user;
		this.#request = request;
		this.#notified = new Promise((resolve) => {
			this.#notify = resolve;
		});
	}

	/** Call-ID and To tag of its NOTIFY. */
	get key(): string {
		return `${this.#callId} ${this.#tag}`;
	}

	/** Rejects with `SipRefused`: by the server's status, or 408 when the document does not come. */
	async document(): Promise<string> {
		const { event, accept, contentType, body } = this.#request;
		let cseq = 0;
		const response = await this.#line.request({
			method: "SUBSCRIBE",
			uri: this.#user,
			headers: [
				["From", `<${this.#user}>;tag=${this.#tag}`],
				["To", `<${this.#user}>`],
				["Call-ID", this.#callId],
				["Contact", this.#line.contact],
				["Event", event],
				["Accept", accept],
				["Expires", "0"],
				["Supported", "ms-benotify"],
				["Supported", "ms-piggyback-first-notify"],
				["Content-Type", contentType],
			],
			body,
			nextCSeq: () => ++cseq,
			forward: true,
		});
		if (response.status > 299) {
			throw new SipRefused("SUBSCRIBE", answerOf(response));
		}
		if (response.headers.has("ms-piggyback-cseq") || response.body.length > 0) {
			return response.body.toString("utf8");
		}
		return this.#waitForNotify();
	}

	#waitForNotify(): Promise<string> {
		const { deadlineMs } = this.#request;
		return new Promise((resolve, reject) => {
			const reason = `no NOTIFY in ${deadlineMs} ms`;
			const timer = setTimeout(
				() => reject(new SipRefused("SUBSCRIBE", { status: 408, reason })),
				deadlineMs,
			);
			this.#notified.then((document) => {
				clearTimeout(timer);
				resolve(document);
			});
		});
	}

	/** A request for this subscription; false when it is none that it takes. */
	handle(transaction: ServerTransaction): boolean {
		const { request } = transaction;
		if (request.method === "NOTIFY") {
			transaction.respond(responseTo(request, 200));
		} else if (request.method === "BENOTIFY") transaction.abandon();
		else return false;
		this.#notify(request.body.toString("utf8"));
		return true;
	}
}
