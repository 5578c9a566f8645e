/** The registrar of the embedded mode (RFC 3261 section 10.3): contacts in memory. Off behind an operator's own. */
import type { UserUri } from "../rooms/types.ts";
import type { IncomingRequest, Reply } from "./drachtio.ts";
import type { Identity } from "./identity.ts";
import { headerParameter, userUri } from "./uri.ts";

export interface Registrar {
	handle(request: IncomingRequest, reply: Reply): Promise<void>;
}

const defaultSeconds = 3_600;
const minSeconds = 60;
const maxSeconds = 7_200;
const maxContactsPerUser = 10;
const maxContactLength = 1_000;

interface Binding {
	readonly contact: string;
	readonly expiresAt: number;
}

export function createRegistrar(
	identity: Identity,
	now: () => number,
): Registrar {
	/** User → contact address → binding. No more users than the directory has: each was identified. */
	const bindings = new Map<UserUri, Map<string, Binding>>();

	function current(user: UserUri): Map<string, Binding> {
		const mine = bindings.get(user) ?? new Map<string, Binding>();
		for (const [address, { expiresAt }] of mine) {
			if (expiresAt <= now()) mine.delete(address);
		}
		return mine;
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
			const mine = current(user.uri);
			if (wanted.all) mine.clear();
			for (const { contact, address, seconds } of wanted.contacts) {
				mine.delete(address);
				if (seconds > 0) {
					mine.set(address, { contact, expiresAt: now() + seconds * 1000 });
				}
			}
			for (const address of mine.keys()) {
				if (mine.size <= maxContactsPerUser) break;
				mine.delete(address);
			}
			if (mine.size > 0) bindings.set(user.uri, mine);
			else bindings.delete(user.uri);
			const isQuery = !wanted.all && wanted.contacts.length === 0;
			if (!isQuery) identity.registered(request, user.uri, secondsOf(wanted));
			reply.send(200, { headers: answerHeaders(mine, wanted, now()) });
		},
	};
}

interface Wanted {
	/** `Contact: *` with `Expires: 0`. */
	readonly all: boolean;
	readonly contacts: readonly {
		readonly contact: string;
		readonly address: string;
		readonly seconds: number;
	}[];
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
