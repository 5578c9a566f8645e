/** Signing in: from nothing to a dialog with the channel service, in the steps every known client takes. */
import {
	element,
	optionalAttribute,
	type XmlElement,
} from "../plugin/xccos/xml.ts";
import { type ChannelEvents, openChannel } from "./channel.ts";
import { ChatDisconnected, ChatRefused } from "./errors.ts";
import type { Exchange, ExchangeLimits } from "./exchange.ts";
import { decodeProvisioning, provisioningRequest } from "./provisioning.ts";
import { type OpenAgent, type SipAgent, SipRefused } from "./sip-agent.ts";
import type { ServiceInfo } from "./types.ts";
import { encodeCommand } from "./xccos/envelope.ts";
import { filled, named, wholeNumber } from "./xccos/read.ts";

const longestProvisioningMs = 5000;

export interface SignInOptions {
	readonly open: OpenAgent;
	readonly register: boolean;
	readonly provisioning: boolean;
	readonly poolUri: string | undefined;
	readonly limits: ExchangeLimits;
}

/** A user signed in: one dialog with the channel service. */
export interface Session {
	readonly agent: SipAgent;
	readonly exchange: Exchange;
	readonly service: ServiceInfo;
	/** The SIP domain of the service. */
	readonly domain: string;
	/** Why it is over; undefined while it stands. */
	readonly ended: string | undefined;
	/** Ends it with BYE and un-REGISTER; never rejects. */
	close(): Promise<void>;
}

/** Rejects with `SipUnreachable`, `SipRefused`, `ChatRefused`, `ChatTimeout` or `ChatDisconnected`; nothing is left open then. */
export async function signIn(
	options: SignInOptions,
	/** `onEnd` is called at most once, and only for a session that stood and that `close` did not end. */
	events: ChannelEvents,
): Promise<Session> {
	const life = new Life(events.onEnd);
	const agent = await options.open({
		onLost: (error) => life.end(error.message),
	});
	try {
		if (options.register) await agent.register();
		const poolUri = await findPool(agent, options);
		const channelUri = await findChannel(agent, poolUri, options.limits);
		const channel = await openChannel(agent, channelUri, options.limits, {
			...events,
			onEnd: (why) => life.end(why),
		});
		const domain = domainOf(channelUri);
		const service = await askServiceInfo(channel.exchange, domain);
		life.establish();
		return {
			agent,
			exchange: channel.exchange,
			service,
			domain,
			get ended() {
				return life.ended;
			},
			close: async () => {
				life.ended ??= "the client was closed";
				channel.exchange.end(life.ended);
				await agent.close();
			},
		};
	} catch (error) {
		life.ended = "sign-in failed";
		await agent.close();
		throw isTurnedOff(error) ? turnedOff(agent.user, error) : error;
	}
}

/** By policy or by his account: some services say so by provisioning, some only when they are called. */
function turnedOff(user: string, cause?: unknown): ChatRefused {
	const refused = new ChatRefused(
		"sign-in",
		403,
		`persistent chat is turned off for ${user.replace(/^sips?:/, "")}; an administrator can turn it on`,
	);
	refused.cause = cause;
	return refused;
}

function isTurnedOff(error: unknown): boolean {
	return (
		error instanceof SipRefused &&
		error.status === 403 &&
		/not enabled/i.test(error.reason)
	);
}

/** Tells the end of an established session, once. */
class Life {
	/** Set when it has ended, by whichever side. */
	ended: string | undefined;
	#established = false;
	readonly #onEnd: (why: string) => void;

	constructor(onEnd: (why: string) => void) {
		this.#onEnd = onEnd;
	}

	establish(): void {
		if (this.ended !== undefined) throw new ChatDisconnected(this.ended);
		this.#established = true;
	}

	end(why: string): void {
		if (this.ended !== undefined) return;
		this.ended = why;
		if (this.#established) this.#onEnd(why);
	}
}

async function findPool(
	agent: SipAgent,
	options: SignInOptions,
): Promise<string> {
	if (options.poolUri !== undefined) return options.poolUri;
	const wellKnown = `sip:persistentchat@${domainOf(agent.user)}`;
	if (!options.provisioning) return wellKnown;
	let document: string;
	try {
		document = await agent.subscribeOnce({
			...provisioningRequest,
			deadlineMs: Math.min(options.limits.commandMs, longestProvisioningMs),
		});
	} catch (error) {
		// A SIP server that does not know the event says nothing about the chat service.
		if (error instanceof SipRefused && error.status !== 403) return wellKnown;
		throw error;
	}
	const { enabled, poolUri } = decodeProvisioning(document);
	if (enabled === false) {
		throw turnedOff(agent.user);
	}
	return poolUri ?? wellKnown;
}

/** Asks at the pool's address which channel service to talk to. */
async function findChannel(
	agent: SipAgent,
	poolUri: string,
	limits: ExchangeLimits,
): Promise<string> {
	const pool = await openChannel(agent, poolUri, limits, {
		onIncoming: () => undefined,
		onFault: () => undefined,
		onEnd: () => undefined,
	});
	try {
		const [reply] = await pool.exchange.command("requri", (envid) =>
			encodeCommand(envid, "requri"),
		);
		const [uib] = named(reply?.data ?? [], "uib");
		const uri = uib && filled(uib, "uri");
		if (uri === undefined) {
			throw new ChatRefused("sign-in", 503, "no channel service is available");
		}
		return uri;
	} finally {
		void pool.dialog.bye();
	}
}

async function askServiceInfo(
	exchange: Exchange,
	domain: string,
): Promise<ServiceInfo> {
	const sib = await askSib(exchange, domain);
	if (sib === undefined) return {};
	const messageBytes = wholeNumber(optionalAttribute(sib, "messageSizeLimit"));
	const searchLimit = wholeNumber(optionalAttribute(sib, "searchLimit"));
	const displayName = filled(sib, "displayName");
	const roomManagementUrl = filled(sib, "roomManagementUrl");
	return {
		...(messageBytes !== undefined && { messageBytes }),
		...(searchLimit !== undefined && { searchLimit }),
		...(displayName !== undefined && { displayName }),
		...(roomManagementUrl !== undefined && { roomManagementUrl }),
	};
}

async function askSib(
	exchange: Exchange,
	domain: string,
): Promise<XmlElement | undefined> {
	const request = element("sib", { domain, infoType: 123 });
	try {
		const [reply] = await exchange.command("getserverinfo", (envid) =>
			encodeCommand(envid, "getserverinfo", request),
		);
		return named(reply?.data ?? [], "sib")[0];
	} catch (error) {
		// Old services do not answer this, and one can chat without it.
		if (error instanceof ChatRefused && error.code !== 403) return undefined;
		throw error;
	}
}

/** `example.com` of `sip:alice@example.com:5060;transport=tcp`. */
export function domainOf(uri: string): string {
	return /^(?:sips?:)?(?:[^@]*@)?([^;:?>]+)/i.exec(uri)?.[1] ?? uri;
}
