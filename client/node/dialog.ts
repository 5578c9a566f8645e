/**
 * One SIP dialog that we began (RFC 3261, section 12), with INFO both ways and session refresh (RFC 4028).
 * States: standing → ended, by BYE of either side, by 481 or silence, or with the connection; its end is told once.
 */
import {
	Headers,
	parseNameAddr,
	parseUri,
	responseTo,
	type ServerTransaction,
	SipRequest,
	type SipResponse,
	splitList,
} from "../../sip-stack/index.ts";
import type {
	DialogEnd,
	DialogEvents,
	SipAnswer,
	SipDialog,
} from "../sip-agent.ts";
import { allowed, allowedMethods, answerFor } from "./answers.ts";
import type { Line } from "./line.ts";

export interface DialogStart {
	readonly callId: string;
	/** Whole header values, with tags. */
	readonly local: string;
	readonly localTag: string;
	readonly invitedUri: string;
	readonly cseq: number;
	/** Our session description: given again when the peer asks. */
	readonly sdp: string;
}

/** The key under which a request or response of the dialog finds it. */
export function dialogKey(
	callId: string,
	localTag: string,
	remoteTag: string,
): string {
	return `${callId} ${localTag} ${remoteTag}`;
}

export class Dialog implements SipDialog {
	readonly callId: string;
	readonly key: string;
	readonly #line: Line;
	readonly #events: DialogEvents;
	readonly #start: DialogStart;
	readonly #remote: string;
	readonly #routes: readonly string[];
	#target: string;
	#localCSeq: number;
	#remoteCSeq = -1;
	#refresh: ReturnType<typeof setTimeout> | undefined;
	#ended = false;

	constructor(
		line: Line,
		start: DialogStart,
		accepted: SipResponse,
		events: DialogEvents,
	) {
		this.callId = start.callId;
		this.key = dialogKey(start.callId, start.localTag, accepted.toTag);
		this.#line = line;
		this.#start = start;
		this.#events = events;
		this.#remote = accepted.headers.get("to") ?? `<${start.invitedUri}>`;
		this.#localCSeq = start.cseq;
		this.#routes = accepted.headers
			.getAll("record-route")
			.flatMap(splitList)
			.reverse();
		this.#target = contactUri(accepted) ?? start.invitedUri;
		this.#refreshAfter(accepted);
	}

	/** The ACK of the 2xx that made this dialog. */
	acknowledgement(): SipRequest {
		const { uri, headers } = this.#addressing();
		const ack = new Headers(headers);
		ack.add("CSeq", `${this.#start.cseq} ACK`);
		return new SipRequest("ACK", uri, ack);
	}

	sendInfo(body: string): Promise<SipAnswer> {
		return this.#request("INFO", [["Content-Type", "text/plain"]], body);
	}

	request(method: string): Promise<SipAnswer> {
		return this.#request(method, []);
	}

	async bye(): Promise<void> {
		if (this.#ended) return;
		this.end({ cause: "local", detail: "BYE" });
		await this.#send("BYE", []).catch(() => undefined);
	}

	async #request(
		method: string,
		headers: readonly (readonly [string, string])[],
		body?: string,
	): Promise<SipAnswer> {
		if (this.#ended) return { status: 481, reason: "The dialog is over" };
		const response = await this.#send(method, headers, body);
		const answer = answerOf(response);
		if (response.status === 481 || response.status === 408) {
			const detail = `${response.status} to ${method}`;
			if (response.status === 408) void this.#send("BYE", []).catch(() => {});
			this.end({ cause: "gone", detail });
		}
		return answer;
	}

	#send(
		method: string,
		headers: readonly (readonly [string, string])[],
		body?: string,
	): Promise<SipResponse> {
		const addressing = this.#addressing();
		return this.#line.request({
			method,
			uri: addressing.uri,
			headers: [
				...addressing.headers,
				...(method === "BYE" ? [] : [["Contact", this.#line.contact] as const]),
				...headers,
			],
			nextCSeq: () => ++this.#localCSeq,
			...(body !== undefined && { body }),
		});
	}

	/** Loose routing, or strict where the first hop knows no `lr` (RFC 3261, 12.2.1.1). */
	#addressing(): { uri: string; headers: (readonly [string, string])[] } {
		const common = [
			["From", this.#start.local],
			["To", this.#remote],
			["Call-ID", this.callId],
		] as const;
		const [first, ...rest] = this.#routes;
		const firstUri = first && parseNameAddr(first)?.uri;
		const strict = firstUri && !parseUri(firstUri)?.params.has("lr");
		const routes = strict ? [...rest, `<${this.#target}>`] : this.#routes;
		return {
			uri: strict ? firstUri : this.#target,
			headers: [...common, ...routes.map((route) => ["Route", route] as const)],
		};
	}

	/** A request of the peer in this dialog: answered here, once. */
	handle(transaction: ServerTransaction): void {
		const { request } = transaction;
		const cseq = request.cseq?.number ?? 0;
		if (cseq <= this.#remoteCSeq) {
			transaction.respond(responseTo(request, 500));
			return;
		}
		this.#remoteCSeq = cseq;
		switch (request.method) {
			case "INFO":
				transaction.respond(this.#ok(request));
				this.#events.onInfo(request.body.toString("utf8"));
				break;
			case "BYE":
				transaction.respond(responseTo(request, 200));
				this.end({ cause: "bye", detail: reasonOf(request) });
				break;
			case "INVITE":
				this.#target = contactUri(request) ?? this.#target;
				transaction.respond(this.#withSdp(this.#ok(request)));
				break;
			case "UPDATE":
				this.#target = contactUri(request) ?? this.#target;
				transaction.respond(this.#ok(request));
				break;
			case "OPTIONS":
				transaction.respond(this.#ok(request));
				break;
			default:
				transaction.respond(answerFor(request, allowed(request) ? 481 : 501));
		}
	}

	#ok(request: SipRequest): SipResponse {
		const response = responseTo(request, 200);
		response.headers.add("Contact", this.#line.contact);
		response.headers.add("Allow", allowedMethods);
		const expires = request.headers.get("session-expires");
		if (expires !== undefined) response.headers.add("Session-Expires", expires);
		return response;
	}

	#withSdp(response: SipResponse): SipResponse {
		response.headers.add("Content-Type", "application/sdp");
		response.body = Buffer.from(this.#start.sdp);
		return response;
	}

	/** Tells the end, once; nothing is sent. */
	end(end: DialogEnd): void {
		if (this.#ended) return;
		this.#ended = true;
		clearTimeout(this.#refresh);
		this.#events.onEnd(end);
	}

	/** `Session-Expires: 720;refresher=uac`: refreshed at half time. */
	#refreshAfter(response: SipResponse): void {
		const value = response.headers.get("session-expires");
		const seconds = Number.parseInt(value ?? "", 10);
		if (value === undefined || !(seconds > 0)) return;
		if (/;\s*refresher\s*=\s*uas/i.test(value)) return;
		clearTimeout(this.#refresh);
		this.#refresh = setTimeout(() => void this.#update(seconds), seconds * 500);
	}

	async #update(seconds: number): Promise<void> {
		const headers = [
			["Supported", "timer"],
			["Session-Expires", `${seconds};refresher=uac`],
		] as const;
		try {
			const response = await this.#send("UPDATE", headers);
			if (this.#ended) return;
			if (response.status === 481 || response.status === 408) {
				const detail = `${response.status} to UPDATE`;
				this.end({ cause: "gone", detail });
				return;
			}
			// An answer that says no other interval keeps the old one; so does one that knows no UPDATE.
			if (!response.headers.has("session-expires")) {
				response.headers.add("Session-Expires", `${seconds};refresher=uac`);
			}
			this.#refreshAfter(response);
		} catch {
			// The connection is lost, and tells that itself.
		}
	}
}

function contactUri(message: SipResponse | SipRequest): string | undefined {
	const contact = message.headers.get("contact");
	return contact && parseNameAddr(splitList(contact)[0] ?? "")?.uri;
}

function reasonOf(request: SipRequest): string {
	return request.headers.get("reason") ?? "BYE";
}

export function answerOf(response: SipResponse): SipAnswer {
	const retryAfter = Number.parseInt(
		response.headers.get("retry-after") ?? "",
		10,
	);
	return {
		status: response.status,
		reason: response.reason,
		...(retryAfter >= 0 && { retryAfterSeconds: retryAfter }),
	};
}
