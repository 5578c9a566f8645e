/**
 * All that the chat client needs of SIP: an interface that each SIP stack fills in its own way
 * (`node-agent.ts` for Node; a browser gives one built on its own stack).
 */

/** The final answer to a request inside a dialog. */
export interface SipAnswer {
	readonly status: number;
	/** The words beside the status. */
	readonly reason: string;
	/** From the Retry-After header. */
	readonly retryAfterSeconds?: number;
}

/** Why a dialog is no more. */
export interface DialogEnd {
	/**
	 * `bye`: the peer ended it; `gone`: the peer does not know it (481) or did not answer (408);
	 * `lost`: the connection broke; `local`: we ended it.
	 */
	readonly cause: "bye" | "gone" | "lost" | "local";
	readonly detail: string;
}

/** Given with the INVITE, so that nothing that follows its answer at once can be missed. */
export interface DialogEvents {
	/** The body of an INFO of the peer; called in the order of arrival, exactly once for each. The agent answers 200. */
	readonly onInfo: (body: string) => void;
	/** Called exactly once. */
	readonly onEnd: (end: DialogEnd) => void;
}

/** An established call; it carries one XCCOS document per INFO. */
export interface SipDialog {
	readonly callId: string;
	/** Resolves with whatever final answer came, 408 when none did; rejects with `SipUnreachable` when it could not be sent. */
	sendInfo(body: string): Promise<SipAnswer>;
	/** Any other request in the dialog, e.g. `OPTIONS`. */
	request(method: string): Promise<SipAnswer>;
	/** Ends the dialog; resolves when the peer answered or cannot any more. A second call does nothing. */
	bye(): Promise<void>;
}

/** One user's SIP endpoint on one connection. After a loss it is of no more use: a new one is opened. */
export interface SipAgent {
	/** Address of record, e.g. `sip:alice@example.com`. */
	readonly user: string;
	/** Registers and stays registered until `close`. Rejects with `SipRefused` (wrong password: 401, 403, 407). */
	register(): Promise<void>;
	/** Asks once for an event package at the user's own address; resolves with the document (`""` when it was empty). */
	subscribeOnce(request: SubscribeRequest): Promise<string>;
	/** Calls; resolves when the dialog stands (ACK sent). Rejects with `SipRefused`. */
	invite(uri: string, events: DialogEvents): Promise<SipDialog>;
	/** Ends dialogs, un-registers, closes the connection; never rejects, and takes no longer than about two seconds. */
	close(): Promise<void>;
}

export interface SubscribeRequest {
	readonly event: string;
	readonly accept: string;
	readonly contentType: string;
	readonly body: string;
	/** How long to wait for the document after the SUBSCRIBE was accepted. */
	readonly deadlineMs: number;
}

export interface AgentEvents {
	/** The connection is gone, and every dialog and the registration with it; called at most once, never after `close`. */
	readonly onLost: (error: SipUnreachable) => void;
}

/** Connects a new agent. Rejects with `SipUnreachable`. */
export type OpenAgent = (events: AgentEvents) => Promise<SipAgent>;

/** A final answer that is a refusal. */
export class SipRefused extends Error {
	override readonly name = "SipRefused";
	readonly method: string;
	readonly status: number;
	readonly reason: string;
	readonly retryAfterSeconds: number | undefined;

	constructor(method: string, answer: SipAnswer) {
		super(`${method} was answered ${answer.status} ${answer.reason}`);
		this.method = method;
		this.status = answer.status;
		this.reason = answer.reason;
		this.retryAfterSeconds = answer.retryAfterSeconds;
	}
}

/** There is no connection, or it broke. */
export class SipUnreachable extends Error {
	override readonly name = "SipUnreachable";
}
