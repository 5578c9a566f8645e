/** The registrar of the embedded mode (RFC 3261 section 10.3): contacts in memory. Off behind an operator's own. */
import type { Socket } from "node:net";
import type { UserUri } from "../rooms/types.ts";
import type { UserReader } from "../store/index.ts";
import type { IncomingRequest, Reply } from "./drachtio.ts";
import type { Identity } from "./identity.ts";
import { headerParameter, userPart, userUri } from "./uri.ts";

export interface Registrar {
	handle(request: IncomingRequest, reply: Reply): Promise<void>;
	/** Where he has registered: from where this came if he has, else the last time. */
	contactOf(
		user: UserUri,
		came:
			| Pick<IncomingRequest, "protocol" | "source_address" | "source_port">
			| undefined,
	): string | undefined;
	/** The control connection by which that came. */
	serverOf(
		user: UserUri,
		came: Parameters<Registrar["contactOf"]>[1],
	): Socket | undefined;
	/** Called with whoever has registered, or refreshed it. */
	onRegistered(listener: (user: UserUri) => void): void;
}

const defaultSeconds = 3_600;
const minSeconds = 60;
const maxSeconds = 7_200;
const maxContactsPerUser = 10;
const maxContactLength = 1_000;

interface Binding {
	readonly contact: string;
	readonly expiresAt: number;
	/** From where it was registered. */
	readonly source: string;
	/** The control connection that it came by. */
	readonly socket: Socket;
}

export function createRegistrar({
	identity,
	users,
	now,
}: {
	readonly identity: Identity;
	readonly users: Pick<UserReader, "find">;
	readonly now: () => number;
}): Registrar {
	/** User → contact address → binding. No more users than the directory has: each was identified. */
	const bindings = new Map<UserUri, Map<string, Binding>>();
	/** What may stand in a request line. */
	const reachable = /^sips?:[^\s<>"]+$/i;

	const listeners: ((user: UserUri) => void)[] = [];

	function sourceOf(
		request: Pick<
			IncomingRequest,
			"protocol" | "source_address" | "source_port"
		>,
	): string {
		const { protocol, source_address: address, source_port: port } = request;
		return `${protocol}/${address}:${port}`;
	}

	/** By what SIP servers find a connection → whose it is. */
	const owners = new Map<string, { user: UserUri; expiresAt: number }>();

	function current(user: UserUri): Map<string, Binding> {
		const mine = bindings.get(user) ?? new Map<string, Binding>();
		for (const [address, { expiresAt }] of mine) {
			if (expiresAt <= now()) mine.delete(address);
		}
		return mine;
	}

	/**
	 * SIP servers find a client's connection by its Contact: who registers that of another would be sent what is meant for
	 * him. Neither another user's name nor another's living Contact will do, unless the request comes from right there.
	 */
	async function isAnothers(
		request: IncomingRequest,
		user: UserUri,
		address: string,
	): Promise<boolean> {
		const name = userPart(address);
		const namesake = `sip:${name}@${user.split("@")[1]}` as UserUri;
		if (name !== undefined && namesake !== user) {
			if ((await users.find(namesake)) !== undefined) return true;
		}
		const owner = owners.get(routingKey(address));
		return (
			owner !== undefined &&
			owner.user !== user &&
			owner.expiresAt > now() &&
			!isAt(address, request)
		);
	}

	function bind(
		user: UserUri,
		{ contact, address, seconds }: WantedContact,
		{ source, socket }: Pick<Binding, "source" | "socket">,
	) {
		const mine = current(user);
		const key = routingKey(address);
		mine.delete(address);
		if (owners.get(key)?.user === user) owners.delete(key);
		forgetOwners();
		if (seconds > 0) {
			const expiresAt = now() + seconds * 1000;
			mine.set(address, { contact, expiresAt, source, socket });
			owners.delete(key);
			owners.set(key, { user, expiresAt });
		}
		for (const oldest of mine.keys()) {
			if (mine.size <= maxContactsPerUser) break;
			mine.delete(oldest);
			owners.delete(routingKey(oldest));
		}
		if (mine.size > 0) bindings.set(user, mine);
		else bindings.delete(user);
	}

	/** The oldest are first, so that what is passed over ends soon too. */
	function forgetOwners(): void {
		for (const [key, { expiresAt }] of owners) {
			if (expiresAt > now()) return;
			owners.delete(key);
		}
	}

	function best(user: UserUri, came: Parameters<Registrar["contactOf"]>[1]) {
		const source = came && sourceOf(came);
		const mine = [...current(user)].filter(([address]) =>
			reachable.test(address),
		);
		const here = mine.findLast(([, binding]) => binding.source === source);
		// Pages in browsers register too, and take no messages.
		const notPage = mine.findLast(
			([address]) => !/;transport=wss?(;|$)/i.test(address),
		);
		return here ?? notPage ?? mine.at(-1);
	}

	return {
		async handle(request, reply) {
			const user = await identity.identify(request, reply);
			if (user === undefined) return;
			if (userUri(request.get("To") ?? "") !== user.uri) {
				reply.send(403, "You may register only yourself");
				return;
			}
			const wanted = readBindings(request);
			if (typeof wanted === "string") {
				reply.send(400, wanted);
				return;
			}
			const brief = wanted.contacts.find(
				({ seconds }) => seconds > 0 && seconds < minSeconds,
			);
			if (brief !== undefined) {
				reply.send(423, { headers: { "Min-Expires": String(minSeconds) } });
				return;
			}
			for (const { address } of wanted.contacts) {
				if (await isAnothers(request, user.uri, address)) {
					reply.send(403, "That Contact is somebody else's");
					return;
				}
			}
			const { socket } = request;
			const by = { source: sourceOf(request), socket };
			if (wanted.all) {
				for (const [address, { contact }] of current(user.uri)) {
					bind(user.uri, { contact, address, seconds: 0 }, by);
				}
			}
			for (const contact of wanted.contacts) {
				bind(user.uri, contact, by);
			}
			const isQuery = !wanted.all && wanted.contacts.length === 0;
			if (!isQuery) identity.registered(request, user.uri, secondsOf(wanted));
			reply.send(200, {
				headers: answerHeaders(current(user.uri), wanted, now()),
			});
			if (isQuery || secondsOf(wanted) === 0) return;
			for (const listener of listeners) listener(user.uri);
		},
		onRegistered: (listener) => listeners.push(listener),
		contactOf: (user, came) => best(user, came)?.[0],
		serverOf: (user, came) => best(user, came)?.[1].socket,
	};
}

interface Wanted {
	/** `Contact: *` with `Expires: 0`. */
	readonly all: boolean;
	readonly contacts: readonly WantedContact[];
}

interface WantedContact {
	readonly contact: string;
	readonly address: string;
	readonly seconds: number;
}

/** By what SIP servers find a connection: user and host, or host and port where there is no user. */
function routingKey(address: string): string {
	return userUri(address) ?? address.toLowerCase().replace(/;.*$/, "");
}

/** Does the address lead to where the request came from? What else stands in it does not count. */
function isAt(
	address: string,
	{
		source_address: host,
		source_port: port,
	}: Pick<IncomingRequest, "source_address" | "source_port">,
): boolean {
	const found =
		/^sips?:(?:[^@]*@)?(\[[^\]]+\]|[^@:;?>[\]]+)(?::(\d+))?(?:[;?]|$)/i.exec(
			address,
		);
	const named = found?.[1]?.replace(/^\[|\]$/g, "").toLowerCase();
	const bare = host.replace(/^::ffff:/i, "").toLowerCase();
	return named === bare && Number(found?.[2] ?? 5060) === Number(port);
}

/** The longest time granted. */
function secondsOf({ contacts }: Wanted): number {
	return Math.max(0, ...contacts.map(({ seconds }) => seconds));
}

/** What is asked for, or what is wrong with it. */
function readBindings(request: IncomingRequest): Wanted | string {
	const header = request.get("Contact")?.trim() ?? "";
	const expires = request.get("Expires")?.trim();
	if (expires !== undefined && !/^\d{1,10}$/.test(expires)) {
		return "Expires must be a number of seconds";
	}
	if (header === "*") {
		return expires === "0"
			? { all: true, contacts: [] }
			: "Contact: * goes with Expires: 0";
	}
	const contacts = splitContacts(header).map((contact) => {
		const own = headerParameter(contact, "expires") ?? expires;
		const seconds = /^\d{1,10}$/.test(own ?? "") ? Number(own) : defaultSeconds;
		return {
			contact: contact.replace(/;\s*expires=[^;,]*/i, ""),
			address: /<([^>]*)>/.exec(contact)?.[1] ?? contact,
			seconds: Math.min(seconds, maxSeconds),
		};
	});
	if (contacts.some(({ contact }) => contact.length > maxContactLength)) {
		return `A Contact has at most ${maxContactLength} characters`;
	}
	if (contacts.length > maxContactsPerUser) {
		return `A user has at most ${maxContactsPerUser} contacts`;
	}
	return { all: false, contacts };
}

/** Commas inside quotes and angle brackets do not separate. */
function splitContacts(header: string): string[] {
	return (header.match(/(?:"(?:[^"\\]|\\.)*"|<[^>]*>|[^,"<])+/g) ?? [])
		.map((contact) => contact.trim())
		.filter((contact) => contact !== "");
}

/**
 * COMPAT(pidgin-sipe): it needs an `Expires` header, `msrtc-event-categories` as the only value of its line, and in
 * `Allow-Events` (no blanks) each event that it is to subscribe to.
 */
function answerHeaders(
	mine: ReadonlyMap<string, Binding>,
	wanted: Wanted,
	now: number,
): Record<string, string> {
	const all = [...mine.values()].map(
		({ contact, expiresAt }) =>
			`${contact};expires=${Math.ceil((expiresAt - now) / 1000)}`,
	);
	const listed = all.join(", ").length > 2_500 ? all.slice(-1) : all;
	return {
		Expires: String(secondsOf(wanted)),
		Supported: "msrtc-event-categories",
		"Allow-Events": "vnd-microsoft-provisioning-v2",
		...(listed.length > 0 && { Contact: listed.join(", ") }),
	};
}
