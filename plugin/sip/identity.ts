/**
 * Who is calling. With digest, a request is challenged (407) until its credentials are right and belong to its From;
 * or it comes over a stream connection by which the same user has registered with digest before; or a trusted peer says
 * who it is.
 */
import type { Logger } from "pino";
import type { Actor, User, UserUri } from "../rooms/types.ts";
import type { Credentials, UserReader } from "../store/index.ts";
import type { Asserted, AssertedIdentity } from "./asserted.ts";
import {
	type Algorithm,
	createDigest,
	type DigestAnswer,
	parseDigestAnswer,
} from "./digest.ts";
import type { IncomingRequest, Reply } from "./drachtio.ts";
import { createRateLimit } from "./rate-limit.ts";
import type { RelayedSources } from "./relayed.ts";
import { isAnonymous, isMicrosoftLike, userUri } from "./uri.ts";

export interface Identity {
	/** The user, or undefined when the request has been answered: challenged or refused. */
	identify(request: IncomingRequest, reply: Reply): Promise<User | undefined>;
	/** This user has registered by this request's connection. */
	registered(request: IncomingRequest, user: UserUri, seconds: number): void;
	/** The session at the web door by whose ticket this request, or its connection, was identified. */
	webSessionOf(request: IncomingRequest): string | undefined;
	/** The trusted peer that says whose this request is, as requests reach it: `sip:10.1.0.5:5060;transport=tcp`. */
	peerOf(request: IncomingRequest): string | undefined;
}

export interface IdentityNeeds {
	/** Whose credentials count: the SIP domain. */
	readonly realm: string;
	/** `open`: the From is believed. For tests, never for a network. */
	readonly authentication: "digest" | "open";
	readonly users: Pick<UserReader, "find" | "credentials">;
	/** What browsers that are signed in at the web door sign in with. */
	readonly tickets: Tickets;
	/** Whom a trusted peer says it is. */
	readonly asserted: AssertedIdentity;
	/** Takes who is asserted into the directory, where policy says so. */
	readonly admit: (
		asserted: Asserted & { readonly callId: string },
	) => Promise<User | undefined>;
	/** Where a request comes from, when it is not the address that the SIP server has seen. */
	readonly relayed: Pick<RelayedSources, "sourceOf">;
	readonly log: Logger;
	readonly now: () => number;
}

export interface Tickets {
	/** Whose this user name is, when it is that of a ticket that is still good. */
	find(username: string): Promise<
		| {
				readonly user: UserUri;
				/** The id of his session at the web door. */
				readonly session: string;
				readonly credentials: Credentials;
		  }
		| undefined
	>;
	/** Of these sessions those that have not ended; they count as used. */
	living(sessions: readonly string[]): Promise<ReadonlySet<string>>;
}

/** Requests of one source that want to be identified, per second. */
const attemptsPerSecond = 50;
/** Wrong passwords of one source for one user, per minute. */
const failuresPerMinute = 10;
const maxConnections = 100_000;
const streams = new Set(["tcp", "tls", "ws", "wss"]);

export function createIdentity(needs: IdentityNeeds): Identity {
	const { users, relayed, log, now } = needs;
	const digest = createDigest(needs.realm, now);
	const attempts = createRateLimit(
		attemptsPerSecond,
		attemptsPerSecond * 10,
		now,
	);
	const failures = createRateLimit(
		failuresPerMinute / 60,
		failuresPerMinute,
		now,
	);
	/** Connection → who has registered by it. */
	const connections = new Map<
		string,
		{
			user: UserUri;
			expiresAt: number;
			shared: boolean;
			/** At the web door, by whose ticket. */
			webSession: string | undefined;
		}
	>();
	/** By whose ticket a request was identified. */
	const webSessions = new WeakMap<IncomingRequest, string>();

	function challenge(request: IncomingRequest, reply: Reply, stale: boolean) {
		const [best = "", other] = digest.challenge(algorithmsOf(request), stale);
		reply.send(407, {
			headers: {
				"Proxy-Authenticate": best,
				// COMPAT(drachtio-srf): it would join two values by a comma, which RFC 3261 section 7.3.1 forbids here
				...(other !== undefined && { "Proxy-Authenticate ": other }),
			},
		});
	}

	/** The user whose credentials these are. */
	async function verify(
		answer: DigestAnswer,
		method: string,
		from: UserUri,
		request: IncomingRequest,
	): Promise<User | "wrong" | "stale"> {
		if (!digest.isFresh(answer.nonce)) return "stale";
		const ticket = await needs.tickets.find(answer.username);
		const claimed = ticket?.user ?? ownerOf(answer.username, needs.realm);
		const credentials =
			ticket?.credentials ?? (await users.credentials(claimed));
		const ha1 = credentials?.[hashName(answer)];
		const verdict = digest.verify(answer, method, ha1);
		if (verdict !== "right") return verdict;
		if (claimed !== from) return "wrong";
		if (ticket !== undefined) webSessions.set(request, ticket.session);
		return (await users.find(claimed)) ?? "wrong";
	}

	async function knownConnection(
		request: IncomingRequest,
		from: UserUri,
	): Promise<boolean> {
		const known = connections.get(connectionOf(request));
		if (
			known?.user !== from ||
			known.shared ||
			known.expiresAt <= now() ||
			!isDirect(request)
		) {
			return false;
		}
		const { webSession } = known;
		if (webSession === undefined) return true;
		const living = await needs.tickets.living([webSession]);
		if (living.has(webSession)) webSessions.set(request, webSession);
		return living.has(webSession);
	}

	async function believed(
		asserted: Asserted,
		request: IncomingRequest,
		reply: Reply,
	) {
		const callId = request.get("Call-ID") ?? "";
		const user =
			(await users.find(asserted.uri)) ??
			(await needs.admit({ ...asserted, callId }));
		if (user === undefined) reply.send(403, "Unknown user");
		return user;
	}

	return {
		async identify(request, reply) {
			const from = userUri(request.get("From") ?? "");
			if (from === undefined || isAnonymous(from)) {
				reply.send(403, "Anonymous callers are not served");
				return undefined;
			}
			const asserted = needs.asserted(request);
			if (asserted !== undefined) {
				if (!mayStandFor(from, asserted.uri, needs.realm)) {
					reply.send(403, "From names somebody else");
					return undefined;
				}
				return believed(asserted, request, reply);
			}
			if (!attempts.take(relayed.sourceOf(request))) {
				reply.send(503, { headers: { "Retry-After": "10" } });
				return undefined;
			}
			if (needs.authentication === "open") {
				return believed({ uri: from }, request, reply);
			}
			if (await knownConnection(request, from)) {
				const user = await users.find(from);
				if (user !== undefined) return user;
			}
			const header =
				request.get("Proxy-Authorization") ?? request.get("Authorization");
			const answer =
				header === undefined ? undefined : parseDigestAnswer(header);
			if (answer === undefined) {
				challenge(request, reply, false);
				return undefined;
			}
			const guesser = `${relayed.sourceOf(request)} ${from}`;
			if (!failures.allows(guesser)) {
				reply.send(403, "Too many wrong passwords; try again in a minute");
				return undefined;
			}
			const user = await verify(answer, request.method, from, request);
			if (user === "wrong" || user === "stale") {
				if (user === "wrong") {
					failures.take(guesser);
					log.info(
						{ user: from, source: relayed.sourceOf(request) },
						"credentials refused",
					);
				}
				challenge(request, reply, user === "stale");
				return undefined;
			}
			return user;
		},
		registered(request, user, seconds) {
			if (!streams.has(request.protocol)) return;
			// A trusted peer's connection may carry anybody, and he says each time whom.
			if (needs.asserted(request) !== undefined) return;
			const key = connectionOf(request);
			const before = connections.get(key);
			// A connection that carries several users, as a proxy's does, vouches for none of them.
			const shared =
				before !== undefined && (before.shared || before.user !== user);
			connections.delete(key);
			connections.set(key, {
				user,
				expiresAt: now() + seconds * 1000,
				shared,
				webSession: webSessions.get(request),
			});
			const [oldest] = connections.keys();
			if (connections.size > maxConnections && oldest !== undefined) {
				connections.delete(oldest);
			}
		},
		webSessionOf: (request) => webSessions.get(request),
		peerOf: (request) =>
			needs.asserted(request) === undefined ? undefined : peerOf(request),
	};
}

export function actorOf({ uri, displayName, guid, email }: User): Actor {
	return { uri, displayName, guid, ...(email !== undefined && { email }) };
}

/** A proxy may leave a From of elsewhere as it came; one of our domain, or of the caller's own, must name the caller. */
function mayStandFor(from: UserUri, asserted: UserUri, realm: string): boolean {
	const domain = (uri: UserUri) => uri.slice(uri.lastIndexOf("@") + 1);
	if (from === asserted) return true;
	return domain(from) !== realm && domain(from) !== domain(asserted);
}

/** Its connection may be gone, or be one that it opened itself: the port where it listens is in its Via. */
function peerOf(request: IncomingRequest): string {
	const { source_address: address, protocol } = request;
	const [top = ""] = (request.get("Via") ?? "").split(",");
	const sentBy = /^\s*SIP\s*\/\s*2\.0\s*\/\s*\w+\s+([^;]+)/i.exec(top)?.[1];
	const port = /:(\d{1,5})\s*$/.exec(sentBy ?? "")?.[1];
	const host = address.includes(":") ? `[${address}]` : address;
	return `sip:${host}${port === undefined ? "" : `:${port}`};transport=${protocol}`;
}

/** Did the request come from the client itself? Each proxy on the way adds a Via. */
function isDirect(request: IncomingRequest): boolean {
	return !(request.get("Via") ?? "").includes(",");
}

function connectionOf(request: IncomingRequest): string {
	return `${request.protocol}/${request.source_address}:${request.source_port}`;
}

/** `alice` and `alice@example.com` are the same user of the realm. */
function ownerOf(username: string, realm: string): UserUri {
	const address = username.includes("@") ? username : `${username}@${realm}`;
	return `sip:${address.replace(/^sips?:/i, "")}`.toLowerCase() as UserUri;
}

/** The sum covers the name as the client writes it, so each of the two forms has its own. */
function hashName({ username, algorithm }: DigestAnswer) {
	const withDomain = username.includes("@");
	if (algorithm === "MD5") return withDomain ? "md5WithDomain" : "md5";
	return withDomain ? "sha256WithDomain" : "sha256";
}

function algorithmsOf(request: IncomingRequest): readonly Algorithm[] {
	return isMicrosoftLike(request) ? ["MD5"] : ["SHA-256", "MD5"];
}
