/** The SIP agent for Node: `SipAgent` over TCP, TLS, UDP or WebSocket on `sip-stack/`. */
import { isIP } from "node:net";
import {
	type ClientTransaction,
	newCallId,
	newTag,
	parseUri,
	type ServerTransaction,
	type SipRequest,
	type SipTimers,
} from "../sip-stack/index.ts";
import { answerStranger } from "./node/answers.ts";
import { answerOf, Dialog, dialogKey } from "./node/dialog.ts";
import { Credentials } from "./node/digest.ts";
import { type KeepAlive, Line } from "./node/line.ts";
import { Registration } from "./node/registration.ts";
import { parseServer, type ServerAddress } from "./node/server-address.ts";
import { Subscription } from "./node/subscription.ts";
import {
	type AgentEvents,
	type DialogEvents,
	type OpenAgent,
	type SipAgent,
	type SipDialog,
	SipRefused,
	type SipUnreachable,
	type SubscribeRequest,
} from "./sip-agent.ts";

export interface NodeAgentOptions {
	/** `sip:host:port;transport=tcp` (or `tls`, `udp`), `sips:host`, or `ws://host:port/path`. */
	readonly server: string;
	/** Address of record: `sip:alice@example.com`. */
	readonly user: string;
	/** For digest challenges. Default: none. */
	readonly password?: string;
	/** The user name of digest answers. Default: the user part of `user`. */
	readonly authName?: string;
	/** Asked for at REGISTER. Default 3600. */
	readonly registerSeconds?: number;
	/** How long the first REGISTER may wait for its answer. Default 10,000. */
	readonly answerMs?: number;
	/** How long an INVITE may wait for its final answer. Default 30,000. */
	readonly inviteMs?: number;
	/** Default: a ping every 30 s, which must be heard of within 10 s. */
	readonly keepAlive?: KeepAlive | false;
	readonly userAgent?: string;
	/** TLS: certificates (PEM) of who is trusted to say who the server is. Default: whom Node trusts. */
	readonly ca?: string;
	/** The timers of RFC 3261. */
	readonly timers?: Partial<SipTimers>;
}

interface Settings extends Required<Omit<NodeAgentOptions, "server" | "ca">> {
	readonly ca: string | undefined;
	readonly server: ServerAddress;
	readonly registrar: string;
}

/** How long `close` waits for the answers to its farewells. */
const farewellMs = 2000;

/** For `ChatOptions.open`. Throws `TypeError` when `server` or `user` is not what it should be. */
export function nodeAgent(options: NodeAgentOptions): OpenAgent {
	const uri = parseUri(options.user);
	if (uri?.user === undefined) {
		throw new TypeError(`"${options.user}" is no user: write sip:name@domain`);
	}
	const settings: Settings = {
		password: "",
		authName: uri.user,
		registerSeconds: 3600,
		answerMs: 10_000,
		inviteMs: 30_000,
		keepAlive: { everyMs: 30_000, pongMs: 10_000 },
		userAgent: "drachtio-persistent-chat",
		timers: {},
		ca: undefined,
		...options,
		server: parseServer(options.server),
		registrar: `sip:${uri.host}`,
	};
	return (events) => NodeAgent.open(settings, events);
}

class NodeAgent implements SipAgent {
	readonly user: string;
	readonly #settings: Settings;
	readonly #events: AgentEvents;
	readonly #dialogs = new Map<string, Dialog>();
	readonly #subscriptions = new Map<string, Subscription>();
	readonly #line: Line;
	readonly #registration: Registration;
	#over = false;

	private constructor(settings: Settings, events: AgentEvents, line: Line) {
		this.user = settings.user;
		this.#settings = settings;
		this.#events = events;
		this.#line = line;
		this.#registration = new Registration(
			line,
			{ ...settings, seconds: settings.registerSeconds },
			(error) => this.lost(error),
		);
	}

	static async open(
		settings: Settings,
		events: AgentEvents,
	): Promise<NodeAgent> {
		let agent: NodeAgent | undefined;
		const credentials = new Credentials(settings.authName, settings.password);
		const line = await Line.open(
			{ ...settings, credentials },
			{
				onRequest: (transaction) => agent?.handle(transaction),
				onLost: (error) => agent?.lost(error),
			},
		);
		agent = new NodeAgent(settings, events, line);
		return agent;
	}

	register(): Promise<void> {
		return this.#registration.begin();
	}

	async subscribeOnce(request: SubscribeRequest): Promise<string> {
		const subscription = new Subscription(this.#line, this.user, request);
		this.#subscriptions.set(subscription.key, subscription);
		try {
			return await subscription.document();
		} finally {
			this.#subscriptions.delete(subscription.key);
		}
	}

	async invite(uri: string, events: DialogEvents): Promise<SipDialog> {
		const callId = newCallId();
		const localTag = newTag();
		const local = `<${this.user}>;tag=${localTag}`;
		const sdp = sessionDescription(this.#settings.server);
		let cseq = 0;
		let dialog: Dialog | undefined;
		let current: ClientTransaction | undefined;
		const late = setTimeout(() => current?.cancel(), this.#settings.inviteMs);
		try {
			const response = await this.#line.request({
				method: "INVITE",
				uri,
				headers: [
					["From", local],
					["To", `<${uri}>`],
					["Call-ID", callId],
					["Contact", this.#line.contact],
					["Supported", "timer, xccos-batch"],
					["Content-Type", "application/sdp"],
				],
				body: sdp,
				nextCSeq: () => ++cseq,
				forward: true,
				onSent: (transaction) => {
					current = transaction;
				},
				on2xx: (accepted, transaction) => {
					const start = {
						callId,
						local,
						localTag,
						invitedUri: uri,
						cseq,
						sdp,
					};
					const isFirst = dialog === undefined;
					const made: Dialog = new Dialog(this.#line, start, accepted, {
						onInfo: (body) => isFirst && events.onInfo(body),
						onEnd: (end) => {
							this.#dialogs.delete(made.key);
							if (isFirst) events.onEnd(end);
						},
					});
					transaction.acknowledge(made.acknowledgement());
					// A fork: one dialog is enough.
					if (!isFirst || this.#over) void made.bye();
					else this.#dialogs.set(made.key, made);
					dialog ??= made;
				},
			});
			if (dialog) return dialog;
			throw new SipRefused("INVITE", answerOf(response));
		} finally {
			clearTimeout(late);
		}
	}

	/** A request of the server. */
	handle(transaction: ServerTransaction): void {
		const { request } = transaction;
		const dialog = this.#dialogs.get(keyOf(request));
		const subscription = this.#subscriptions.get(
			`${request.callId} ${request.toTag}`,
		);
		if (dialog) dialog.handle(transaction);
		else if (!subscription?.handle(transaction)) answerStranger(transaction);
	}

	/** The connection or the registration is gone. */
	lost(error: SipUnreachable): void {
		if (this.#over) return;
		this.#over = true;
		const detail = error.message;
		for (const dialog of [...this.#dialogs.values()]) {
			dialog.end({ cause: "lost", detail });
		}
		void this.#registration.end().catch(() => undefined);
		this.#events.onLost(error);
	}

	async close(): Promise<void> {
		const connected = !this.#over;
		this.#over = true;
		let timer: ReturnType<typeof setTimeout> | undefined;
		if (connected) {
			const farewells = [
				...[...this.#dialogs.values()].map((dialog) => dialog.bye()),
				this.#registration.end(),
			];
			const patience = new Promise<void>((resolve) => {
				timer = setTimeout(resolve, farewellMs);
			});
			await Promise.race([Promise.allSettled(farewells), patience]);
		}
		clearTimeout(timer);
		await this.#line.close();
	}
}

function keyOf(request: SipRequest): string {
	return dialogKey(request.callId, request.toTag, request.fromTag);
}

/** What every known client offers: no medium of its own, the messages go in INFO. */
function sessionDescription({ host }: ServerAddress): string {
	const address = isIP(host) === 4 ? host : "127.0.0.1";
	return [
		"v=0",
		`o=- 0 0 IN IP4 ${address}`,
		"s=session",
		`c=IN IP4 ${address}`,
		"t=0 0",
		"m=message 5060 sip null",
		"a=accept-types:text/plain",
		"",
	].join("\r\n");
}
