/** The one connection of an agent: sends requests with digest credentials, keeps the connection alive, tells its loss. */
import {
	type ClientTransaction,
	defaultLimits,
	type Flow,
	Headers,
	hostText,
	newTag,
	type ServerTransaction,
	SipRequest,
	type SipResponse,
	SipStack,
	type SipTimers,
} from "../../sip-stack/index.ts";
import { SipUnreachable } from "../sip-agent.ts";
import type { Credentials } from "./digest.ts";
import {
	addressText,
	localHostTowards,
	type ServerAddress,
} from "./server-address.ts";

const maxChallenges = 4;
const blankLines = Buffer.from("\r\n\r\n");

export interface KeepAlive {
	/** A ping (CRLF CRLF) this often, on TCP and WebSocket. */
	readonly everyMs: number;
	/** A peer that says nothing at all for this long after a ping is gone. */
	readonly pongMs: number;
}

export interface LineOptions {
	readonly server: ServerAddress;
	/** TLS: who is trusted, instead of whom Node trusts. */
	readonly ca: string | undefined;
	readonly userAgent: string;
	readonly credentials: Credentials;
	readonly keepAlive: KeepAlive | false;
	readonly timers: Partial<SipTimers>;
}

/** A request as its maker knows it; CSeq, credentials and Via are added for each sending. */
export interface Draft {
	readonly method: string;
	readonly uri: string;
	readonly headers: readonly (readonly [name: string, value: string])[];
	readonly body?: string;
	readonly nextCSeq: () => number;
	/** Offer credentials before being asked, when a challenge is known. */
	readonly forward?: boolean;
	/** INVITE: the transaction of each sending, to cancel it by. */
	readonly onSent?: (transaction: ClientTransaction) => void;
	/** INVITE: called for every 2xx at once, before anything that came behind it is read. */
	readonly on2xx?: (
		response: SipResponse,
		transaction: ClientTransaction,
	) => void;
}

export interface LineEvents {
	readonly onRequest: (transaction: ServerTransaction) => void;
	readonly onLost: (error: SipUnreachable) => void;
}

type HeaderLine = readonly [name: string, value: string];

export class Line {
	readonly #options: LineOptions;
	readonly #stack: SipStack;
	readonly #events: LineEvents;
	readonly #contactUser = newTag();
	readonly #waiting = new Set<(error: SipUnreachable) => void>();
	#flow: Flow | undefined;
	#beat: ReturnType<typeof setTimeout> | undefined;
	#over: SipUnreachable | undefined;

	private constructor(options: LineOptions, events: LineEvents) {
		this.#options = options;
		this.#events = events;
		this.#stack = new SipStack({
			onRequest: events.onRequest,
			onFlowClosed: () => this.#lost("the connection was closed"),
			timers: options.timers,
			// Servers send XML as one long line.
			messageLimits: { lineBytes: defaultLimits.messageBytes },
		});
	}

	/** Rejects with `SipUnreachable`. */
	static async open(options: LineOptions, events: LineEvents): Promise<Line> {
		const line = new Line(options, events);
		const { server } = options;
		try {
			if (server.transport === "udp") {
				const host = await localHostTowards(server);
				await line.#stack.listen({ transport: "udp", host, port: 0 });
			}
			line.#flow = await line.#stack.connect({
				...server,
				...(options.ca !== undefined && { ca: options.ca }),
			});
		} catch (error) {
			await line.#stack.close();
			throw new SipUnreachable(
				`no SIP server answers at ${addressText(server)} (${wordsOf(error)})`,
				{ cause: error },
			);
		}
		line.#ping(line.#flow);
		return line;
	}

	get #way(): Flow {
		if (this.#over || !this.#flow) {
			throw this.#over ?? new SipUnreachable("not connected");
		}
		return this.#flow;
	}

	/**
	 * The Contact that leads back over this connection. Its user part is this connection's own: drachtio-server finds a
	 * client's connection by user and host, and two devices of one user may share a host.
	 */
	get contact(): string {
		const { transport, local } = this.#way;
		// A WebSocket client has no address of its own (RFC 7118, section 5).
		const host =
			transport === "ws"
				? "client.invalid"
				: `${hostText(local.host)}:${local.port}`;
		return `<sip:${this.#contactUser}@${host};transport=${transport}>`;
	}

	/** Sends a request and answers challenges; resolves with the final response. Rejects with `SipUnreachable`. */
	async request(draft: Draft): Promise<SipResponse> {
		const { credentials } = this.#options;
		let sent: readonly HeaderLine[] = draft.forward
			? credentials.headers(draft.method, draft.uri)
			: [];
		let forwarded = sent.length > 0;
		for (let challenges = 0; ; challenges++) {
			const response = await this.#send(draft, sent);
			const challenge = credentials.take(response);
			if (!challenge || challenges === maxChallenges) return response;
			const answered = sent.some(([name]) => name === challenge.answerIn);
			// What was made from an older nonce may fail; what was made from this request's own was wrong.
			if (answered && !forwarded && !challenge.stale) return response;
			forwarded = false;
			sent = credentials.headers(draft.method, draft.uri);
		}
	}

	async #send(
		draft: Draft,
		authorization: readonly HeaderLine[],
	): Promise<SipResponse> {
		const flow = this.#way;
		const request = new SipRequest(
			draft.method,
			draft.uri,
			new Headers([
				...draft.headers,
				["CSeq", `${draft.nextCSeq()} ${draft.method}`],
				["User-Agent", this.#options.userAgent],
				...authorization,
			]),
			draft.body ?? "",
		);
		return new Promise((resolve, reject) => {
			this.#waiting.add(reject);
			const transaction: ClientTransaction = this.#stack.request(
				request,
				flow,
				{
					response: (response, local) => {
						if (response.status < 200) return;
						if (response.status < 300) draft.on2xx?.(response, transaction);
						this.#waiting.delete(reject);
						if (local && response.status === 503) {
							reject(new SipUnreachable("the connection failed"));
						} else resolve(response);
					},
				},
			);
			draft.onSent?.(transaction);
		});
	}

	#ping(flow: Flow): void {
		const { keepAlive } = this.#options;
		if (!keepAlive || !flow.reliable) return;
		this.#beat = setTimeout(() => {
			const at = performance.now();
			flow.send(blankLines);
			this.#beat = setTimeout(() => {
				if ((flow.heardAt ?? at) >= at) this.#ping(flow);
				else this.#lost(`no sign of life for ${keepAlive.pongMs} ms`);
			}, keepAlive.pongMs);
		}, keepAlive.everyMs);
	}

	#lost(why: string): void {
		if (this.#over) return;
		const error = new SipUnreachable(why);
		void this.#end(error);
		this.#events.onLost(error);
	}

	/** Ends the connection at once; what waits for an answer rejects. */
	close(): Promise<void> {
		return this.#end(new SipUnreachable("the connection was ended here"));
	}

	async #end(why: SipUnreachable): Promise<void> {
		this.#over ??= why;
		clearTimeout(this.#beat);
		for (const reject of this.#waiting) reject(why);
		this.#waiting.clear();
		await this.#stack.close();
	}
}

function wordsOf(error: unknown): string {
	if (error instanceof AggregateError && error.errors.length > 0) {
		return wordsOf(error.errors[0]);
	}
	return error instanceof Error ? error.message : String(error);
}
