/**
 * Which flow leads to whom: the connections that clients registered over, and addresses that can be connected to
 * (RFC 5626 in spirit; RFC 7118, 5.2: an `.invalid` Contact has no address at all).
 */
import {
	type Flow,
	type HostPort,
	hostText,
	type Listener,
	localHostTowards,
	parseUri,
	type SipStack,
	type Timer,
	type TimerOwner,
	type TransportName,
	type Uri,
} from "../sip-stack/index.ts";

const defaultPort = 5060;
const maxCached = 100_000;

function contactKey(uri: Uri): string {
	return `${uri.user ?? ""}@${uri.host.toLowerCase()}:${uri.port ?? ""}`;
}

/** An address of record as its user is known, whatever port or parameters it is written with. */
function userKey(text: string): string {
	const uri = parseUri(text);
	return uri === undefined
		? text
		: `${uri.user ?? ""}@${uri.host.toLowerCase()}`;
}

function transportOf(uri: Uri): TransportName | undefined {
	const name = uri.params.get("transport")?.toLowerCase() ?? "udp";
	return name === "udp" || name === "tcp" || name === "ws" ? name : undefined;
}

/** A flow that leads nowhere: what is sent on it fails like on a broken connection. */
function deadFlow(
	local: HostPort,
	remote: HostPort,
	transport: TransportName,
): Flow {
	return {
		transport,
		reliable: true,
		local,
		remote,
		key: "dead",
		closed: true,
		heardAt: undefined,
		send: () => false,
		close() {},
	};
}

interface CachedFlow {
	readonly flow: Flow;
	/** Who registered or subscribed with this Contact. */
	readonly owner: string;
	readonly expiry: Timer;
}

export class Reach {
	readonly #stack: SipStack;
	readonly #timers: TimerOwner;
	readonly #listeners: readonly Listener[];
	/** Connections of clients that registered or subscribed, by user, host and port of their Contact. */
	readonly #cached = new Map<string, CachedFlow>();
	readonly #keysOfFlow = new Map<Flow, Set<string>>();
	/** Connections that we opened, by address. */
	readonly #opened = new Map<string, Promise<Flow>>();
	readonly #addressOf = new Map<Flow, string>();

	constructor(
		stack: SipStack,
		timers: TimerOwner,
		listeners: readonly Listener[],
	) {
		this.#stack = stack;
		this.#timers = timers;
		this.#listeners = listeners;
	}

	/**
	 * Remembers that this Contact of this user is reached over this connection; 0 seconds forgets it. While the connection lasts, nobody
	 * else can turn the Contact away from it.
	 */
	cache(contact: string, user: string, flow: Flow, ms: number): void {
		const uri = parseUri(contact);
		if (uri === undefined || !flow.reliable) return;
		const key = contactKey(uri);
		const owner = userKey(user);
		const known = this.#cached.get(key);
		if (known?.flow.closed === false && known.flow !== flow)
			if (known.owner !== owner) return;
		this.#forget(key);
		if (ms <= 0 || this.#cached.size >= maxCached) return;
		const within = Math.min(ms, 0x7fffffff);
		const expiry = this.#timers.start(within, () => this.#forget(key));
		this.#cached.set(key, { flow, owner, expiry });
		const keys = this.#keysOfFlow.get(flow);
		if (keys === undefined) this.#keysOfFlow.set(flow, new Set([key]));
		else keys.add(key);
	}

	#forget(key: string): void {
		const known = this.#cached.get(key);
		if (known === undefined) return;
		known.expiry.stop();
		this.#cached.delete(key);
		const keys = this.#keysOfFlow.get(known.flow);
		keys?.delete(key);
		if (keys?.size === 0) this.#keysOfFlow.delete(known.flow);
	}

	/** The living connection that this URI was registered over. */
	cachedFlow(target: string): Flow | undefined {
		if (this.#cached.size === 0) return undefined;
		const uri = parseUri(target);
		const cached = uri && this.#cached.get(contactKey(uri));
		return cached?.flow.closed === false ? cached.flow : undefined;
	}

	/** The connection is gone, and with it what was known to be behind it. */
	flowClosed(flow: Flow): void {
		for (const key of this.#keysOfFlow.get(flow) ?? []) this.#forget(key);
		const address = this.#addressOf.get(flow);
		if (address === undefined) return;
		this.#addressOf.delete(flow);
		this.#opened.delete(address);
	}

	/** Forgets everything. */
	close(): void {
		for (const key of [...this.#cached.keys()]) this.#forget(key);
		this.#opened.clear();
		this.#addressOf.clear();
	}

	/** What is remembered: Contacts with a connection, and connections opened to addresses. */
	get size(): number {
		return this.#cached.size + this.#opened.size;
	}

	/** True when there is a listener that a request to this URI could leave by. */
	supports(target: string): boolean {
		const uri = parseUri(target);
		const transport = uri && transportOf(uri);
		if (uri?.scheme === "sips" || transport === undefined) return false;
		return this.#listeners.some((one) => one.transport === transport);
	}

	/** True when this URI is one of our own listeners. */
	isSelf(target: string): boolean {
		const uri = parseUri(target);
		if (uri === undefined) return false;
		const port = uri.port ?? defaultPort;
		const transport = transportOf(uri);
		return this.#listeners.some(
			(one) =>
				one.port === port &&
				one.transport === transport &&
				localHostTowards(one.host, uri.host) === uri.host,
		);
	}

	/** The flow to a URI outside any dialog. A connection that cannot be had is a dead flow: sending on it fails. */
	async flowTo(target: string): Promise<Flow> {
		const cached = this.cachedFlow(target);
		if (cached !== undefined) return cached;
		const uri = parseUri(target);
		const host = uri?.params.get("maddr") || uri?.host || "";
		const remote = { host, port: uri?.port ?? defaultPort };
		const transport = (uri && transportOf(uri)) ?? "udp";
		const local = this.#listeners.find((one) => one.transport === transport);
		try {
			if (transport === "ws" || host.endsWith(".invalid"))
				throw new Error("a client behind a WebSocket cannot be connected to");
			return await this.#open(transport, remote);
		} catch {
			const nowhere = { host: "", port: 0 };
			return deadFlow(local ?? remote, nowhere, transport);
		}
	}

	async #open(transport: "udp" | "tcp", remote: HostPort): Promise<Flow> {
		const address = { transport, ...remote };
		if (transport === "udp") return this.#stack.connect(address);
		const key = `${hostText(remote.host)}:${remote.port}`;
		const known = this.#opened.get(key);
		const open = await known?.catch(() => undefined);
		if (open?.closed === false) return open;
		const newer = this.#opened.get(key);
		if (newer !== undefined && newer !== known) return newer;
		const opening = this.#stack.connect(address);
		this.#opened.set(key, opening);
		try {
			const flow = await opening;
			if (flow.closed) this.#opened.delete(key);
			else this.#addressOf.set(flow, key);
			return flow;
		} catch (error) {
			this.#opened.delete(key);
			throw error;
		}
	}

	/** `host:port` of the listener that a flow belongs to, for the addresses we write about ourselves. */
	localHostPort(flow: Flow): string {
		const { transport, local } = flow;
		const listener =
			this.#listeners.find(
				(one) => one.transport === transport && one.port === local.port,
			) ?? this.#listeners.find((one) => one.transport === transport);
		return `${hostText(local.host)}:${listener?.port ?? local.port}`;
	}

	/** Our Contact towards the peer of this flow. */
	contact(flow: Flow): string {
		const transport =
			flow.transport === "udp" ? "" : `;transport=${flow.transport}`;
		return `<sip:${this.localHostPort(flow)}${transport}>`;
	}
}
