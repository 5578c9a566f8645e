/** A SIP client of literal text in one dialog with the edge. */
import { header, type Peer, sip } from "../sip-stack/wire.ts";

let last = 0;

export interface UaOptions {
	readonly callId?: string;
	readonly fromTag?: string;
	readonly contact?: string;
	/** False for the client that sends no branch inside dialogs. */
	readonly branch?: boolean;
}

export class Ua {
	readonly peer: Peer;
	readonly callId: string;
	readonly fromTag: string;
	readonly contact: string;
	toTag = "";
	sequence = 0;
	readonly #branch: boolean;

	constructor(peer: Peer, options: UaOptions = {}) {
		this.peer = peer;
		this.callId = options.callId ?? `call-${++last}`;
		this.fromTag = options.fromTag ?? `from-${last}`;
		this.contact =
			options.contact ??
			`<sip:alice@example.com:${peer.port};maddr=127.0.0.1;transport=${peer.transport.toLowerCase()}>`;
		this.#branch = options.branch ?? true;
	}

	/** A request as text; an ACK or CANCEL has the number of the request before it. */
	text(method: string, extra = "", body = ""): string {
		if (method !== "ACK" && method !== "CANCEL") this.sequence++;
		const branch = `z9hG4bK${this.callId}.${this.sequence}${method === "ACK" ? "a" : ""}`;
		const via = this.peer.via(branch);
		const tag = this.toTag === "" ? "" : `;tag=${this.toTag}`;
		return sip`
			${method} sip:bob@example.com SIP/2.0
			Via: ${this.#branch ? via : via.replace(/;branch.*/, "")}
			From: <sip:alice@example.com>;tag=${this.fromTag};epid=cf0b98
			To: <sip:bob@example.com>${tag}
			Max-Forwards: 70
			CSeq: ${this.sequence} ${method}
			Call-ID: ${this.callId}
			Contact: ${this.contact}${extra === "" ? "" : `\n${extra}`}
			Content-Length: *

			${body}`;
	}

	send(method: string, extra = "", body = ""): void {
		this.peer.send(this.text(method, extra, body));
	}

	/** The answer to the last request of this method. */
	async answered(method: string): Promise<string> {
		const line = new RegExp(
			`^SIP/2.0 [2-6][\\s\\S]*^Call-ID: ${this.callId}\\r$[\\s\\S]*^CSeq: ${this.sequence} ${method}`,
			"m",
		);
		const answer = await this.peer.receive(line);
		if (method === "INVITE" && answer.startsWith("SIP/2.0 2"))
			this.toTag = /;tag=([^;\s]+)/.exec(header(answer, "To"))?.[1] ?? "";
		return answer;
	}

	/** The same, or undefined when none comes in this time. */
	answeredWithin(method: string, ms: number): Promise<string | undefined> {
		const line = new RegExp(
			`^SIP/2.0 [2-6][\\s\\S]*^Call-ID: ${this.callId}\\r$[\\s\\S]*^CSeq: ${this.sequence} ${method}`,
			"m",
		);
		return this.peer.receive(line, ms).catch(() => undefined);
	}

	async request(method: string, extra = "", body = ""): Promise<string> {
		this.send(method, extra, body);
		return this.answered(method);
	}

	/** INVITE, 200, ACK. */
	async call(extra = ""): Promise<string> {
		const answer = await this.request("INVITE", extra);
		this.send("ACK");
		return answer;
	}
}
