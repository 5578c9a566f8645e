/** One SIP dialog: the identifiers, route set, target and counters that its requests are made of (RFC 3261, section 12). */
import {
	type ClientTransaction,
	type Flow,
	Headers,
	parseNameAddr,
	SipRequest,
	splitList,
} from "../sip-stack/index.ts";
import type { Application } from "./application.ts";
import type { SessionTimer } from "./session-timer.ts";

export interface DialogParts {
	readonly callId: string;
	readonly localTag: string;
	readonly remoteTag: string;
	/** Values of From and To in our requests, without tags of ours or theirs missing. */
	readonly local: string;
	readonly remote: string;
	readonly kind: "INVITE" | "SUBSCRIBE";
	readonly application: Application;
	readonly transactionId: string;
	readonly flow: Flow;
	readonly localSequence: number;
	readonly contact: string;
}

export class Dialog {
	readonly callId: string;
	readonly localTag: string;
	readonly remoteTag: string;
	readonly kind: "INVITE" | "SUBSCRIBE";
	/** Of the request that began it: the ACK of a 2xx is told under this id. */
	readonly transactionId: string;
	/** Set by the table that holds it. */
	id = "";
	/** Undefined once the application is gone: requests are then answered 481. */
	application: Application | undefined;
	/** The way to the peer: where it was last heard on. */
	flow: Flow;
	/** The peer's Contact, which our requests go to. */
	target: string | undefined;
	routes: readonly string[] = [];
	/** Our Contact in this dialog. */
	contact: string;
	/** What we last offered or answered, for a refreshing re-INVITE. */
	localBody = "";
	localType = "";
	session: SessionTimer | undefined;
	/** An INVITE of ours that was answered 2xx and waits for the application's ACK. */
	unacknowledged: ClientTransaction | undefined;
	readonly #local: string;
	readonly #remote: string;
	#sequence: number;

	constructor(parts: DialogParts) {
		this.callId = parts.callId;
		this.localTag = parts.localTag;
		this.remoteTag = parts.remoteTag;
		this.kind = parts.kind;
		this.transactionId = parts.transactionId;
		this.application = parts.application;
		this.flow = parts.flow;
		this.contact = parts.contact;
		this.#local = parts.local;
		this.#remote = parts.remote;
		this.#sequence = parts.localSequence;
	}

	/** Takes the peer's Contact, if the message has a usable one. */
	learnTarget(headers: Headers): void {
		const contact = splitList(headers.get("contact") ?? "")[0];
		const uri = contact === undefined ? undefined : parseNameAddr(contact)?.uri;
		if (uri !== undefined) this.target = uri;
	}

	/** The route set of a dialog that the peer began: as received. */
	learnRoutes(headers: Headers): void {
		this.routes = recordRoutes(headers);
	}

	/** The route set of a dialog that we began: reversed. */
	learnReversedRoutes(headers: Headers): void {
		this.routes = recordRoutes(headers).reverse();
	}

	/** A request in this dialog, to be given its other headers. `sequence` is given for an ACK only. */
	request(method: string, uri: string, sequence?: number): SipRequest {
		const number = sequence ?? ++this.#sequence;
		const { uri: first, routes } = strictRouting(uri, this.routes);
		const headers = new Headers();
		for (const route of routes) headers.add("Route", route);
		headers.add("Max-Forwards", "70");
		headers.add("From", this.#local);
		headers.add("To", this.#remote);
		headers.add("Call-ID", this.callId);
		headers.add("CSeq", `${number} ${method}`);
		return new SipRequest(method, first, headers);
	}
}

function recordRoutes(headers: Headers): string[] {
	return headers.getAll("record-route").flatMap(splitList);
}

/** A first route without `lr` is a strict router: it gets the Request-URI, and the target goes last (RFC 3261, 12.2.1.1). */
function strictRouting(
	target: string,
	routes: readonly string[],
): { uri: string; routes: readonly string[] } {
	const [first, ...rest] = routes;
	const uri = first === undefined ? undefined : parseNameAddr(first)?.uri;
	if (uri === undefined || /;lr(?:[;=?]|$)/i.test(uri))
		return { uri: target, routes };
	return { uri, routes: [...rest, `<${target}>`] };
}
