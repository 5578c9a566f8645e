/**
 * Who is calling, the one place where that is decided: a trusted peer says so; or the request comes over a stream connection by
 * which the same user has registered before; or he is challenged until his credentials are right. In each case From must be his.
 */
import type { Logger } from "pino";
import type { Actor, User, UserUri } from "../rooms/types.ts";
import type { Suspicion, TurnedAway } from "../turned-away.ts";
import { type Asserted, assertedBy } from "./asserted.ts";
import { isFor } from "./digest.ts";
import type { IncomingRequest, Reply } from "./drachtio.ts";
import { createGuessing } from "./guessing.ts";
import { createKnownConnections } from "./known-connections.ts";
import type { Peer } from "./options.ts";
import type { Peers } from "./peers.ts";
import {
	claimedBy,
	createProof,
	type ProofNeeds,
	type Proved,
} from "./proof.ts";
import type { RelayedSources } from "./relayed.ts";
import type { RequestLimits, Sender } from "./request-limits.ts";
import { isAnonymous, userUri } from "./uri.ts";

export interface Identity {
	/** The user, or undefined when the request has been answered: challenged, refused, or one too many. */
	identify(request: IncomingRequest, reply: Reply): Promise<User | undefined>;
	/** This user has registered by this request's connection. */
	registered(request: IncomingRequest, user: UserUri, seconds: number): void;
	/** The session at the web door by whose ticket this request, or its connection, was identified. */
	webSessionOf(request: IncomingRequest): string | undefined;
	/** Where an answer to the trusted peer that says whose this request is goes: `sip:10.1.0.5:5060;transport=tcp`. */
	peerOf(request: IncomingRequest): string | undefined;
}

export interface IdentityNeeds extends ProofNeeds {
	/** `open`: the From is believed. For tests, never for a network. */
	readonly authentication: "digest" | "open";
	/** Who is believed when he says whose a request is. */
	readonly peers: Peers;
	/** Takes who is asserted into the directory, where policy says so. */
	readonly admit: (
		asserted: Asserted & { readonly callId: string },
	) => Promise<User | undefined>;
	/** Where a request comes from, when it is not the address that the SIP server has seen. */
	readonly relayed: Pick<RelayedSources, "sourceOf">;
	readonly limits: RequestLimits;
	/** Milliseconds that pass, however the clock is set. */
	readonly elapsedMs: () => number;
	readonly turnedAway: Pick<TurnedAway, "refused">;
	readonly log: Logger;
}

/** A request, with what is known of it before anybody is asked. */
interface Asking extends Sender {
	readonly request: IncomingRequest;
	readonly reply: Reply;
	readonly from: UserUri;
}

export function createIdentity(needs: IdentityNeeds): Identity {
	const { users, tickets, relayed, limits, elapsedMs } = needs;
	const proof = createProof(needs);
	const connections = createKnownConnections(elapsedMs);
	const guessing = createGuessing(elapsedMs);
	/** By whose ticket a request was identified. */
	const webSessions = new WeakMap<IncomingRequest, string>();

	function note(
		why: Suspicion,
		{
			request,
			source,
			from,
		}: Pick<Asking, "request" | "source"> & {
			readonly from?: UserUri | undefined;
		},
	): void {
		const { method } = request;
		const callId = request.get("Call-ID");
		needs.turnedAway.refused(why, { callId, method, user: from, source });
	}

	function refuse(why: Suspicion, asking: Asking, words: string): undefined {
		note(why, asking);
		asking.reply.send(403, words);
		return undefined;
	}

	async function believed(
		asserted: Asserted,
		asking: Asking,
	): Promise<User | undefined> {
		const callId = asking.request.get("Call-ID") ?? "";
		const user =
			(await users.find(asserted.uri)) ??
			(await needs.admit({ ...asserted, callId }));
		return user ?? refuse("unknown-user", asking, "Unknown user");
	}

	function bySayingOf(
		peer: Peer,
		asking: Asking,
	): Promise<User | undefined> | undefined {
		const asserted = assertedBy(peer, asking.request);
		if (asserted !== undefined) {
			return mayStandFor(asking.from, asserted.uri, needs.realm)
				? believed(asserted, asking)
				: Promise.resolve(
						refuse("other-from", asking, "From names somebody else"),
					);
		}
		if (peer.behaves === "proxy") return undefined;
		// Whom else could it be from? A challenge would not reach the caller.
		const words = `The caller is not named in ${peer.callerIn}`;
		return Promise.resolve(refuse("no-assertion", asking, words));
	}

	async function byConnection({
		request,
		from,
	}: Asking): Promise<User | undefined> {
		const known = connections.find(request, from);
		if (known === undefined) return undefined;
		const { webSession } = known;
		if (webSession !== undefined) {
			const living = await tickets.living([webSession]);
			if (!living.has(webSession)) return undefined;
			webSessions.set(request, webSession);
		}
		return users.find(from);
	}

	async function byDigest(asking: Asking): Promise<User | undefined> {
		const { request, reply, from, source, isPeer } = asking;
		// Behind a peer the next request may come by another of its addresses.
		const holder = isPeer ? "peers" : source;
		const answer = proof.answerOf(request);
		if (answer === undefined) {
			proof.challenge(request, reply, holder);
			return undefined;
		}
		const claimed = claimedBy(answer, needs.realm);
		const outcome = await guessing(
			{ source, isPeer, claimed },
			// What a peer sends on it may address anew.
			async () =>
				isPeer || isFor(answer, request)
					? proof.verify(answer, request, holder)
					: "elsewhere",
			// That a password is right is no answer for somebody else's From.
			(found) =>
				found === "wrong" ||
				(typeof found === "object" && found.user.uri !== from),
		);
		if (outcome === "too-often") {
			const words = "Too many wrong passwords; try again in a minute";
			return refuse("wrong-password", asking, words);
		}
		if (typeof outcome === "object") return proved(outcome, asking);
		note(because[outcome], asking);
		const isStale = outcome === "stale" || outcome === "replayed";
		proof.challenge(request, reply, holder, isStale);
		return undefined;
	}

	function proved({ user, webSession }: Proved, asking: Asking) {
		if (user.uri !== asking.from) {
			const words = "From names somebody else than the credentials";
			return refuse("other-from", asking, words);
		}
		if (webSession !== undefined) webSessions.set(asking.request, webSession);
		return user;
	}

	/** Before any look at the directory. */
	async function find(
		asking: Asking,
		peer: Peer | undefined,
	): Promise<User | undefined> {
		if (isAnonymous(asking.from)) {
			const { request, reply } = asking;
			if (!limits.admitSource(request, reply, asking)) return undefined;
			return refuse("anonymous", asking, "Anonymous callers are not served");
		}
		const said = peer && bySayingOf(peer, asking);
		if (said !== undefined) return said;
		const { request, reply, from, source } = asking;
		// What a peer passes on is counted by whom it is said to be from: the peer carries many.
		const counted = peer === undefined ? source : `${source} ${from}`;
		const sender = { ...asking, source: counted };
		if (!limits.admitSource(request, reply, sender)) return undefined;
		if (peer === undefined && needs.peers.isClaimed(request)) {
			note("forged-assertion", asking);
		}
		if (needs.authentication === "open") return believed({ uri: from }, asking);
		return (await byConnection(asking)) ?? byDigest(asking);
	}

	return {
		async identify(request, reply) {
			const from = userUri(request.get("From") ?? "");
			const peer = needs.peers.of(request);
			const isPeer = peer !== undefined;
			const source = relayed.sourceOf(request);
			if (from === undefined) {
				const sender = { source, isPeer };
				if (!limits.admitSource(request, reply, sender)) return undefined;
				note("anonymous", { request, source, from });
				reply.send(403, "Anonymous callers are not served");
				return undefined;
			}
			const user = await find({ request, reply, from, source, isPeer }, peer);
			if (user === undefined) return undefined;
			const sender = { source, isPeer, user: user.uri };
			return limits.admitUser(request, reply, sender) ? user : undefined;
		},
		registered(request, user, seconds) {
			const peer = needs.peers.of(request);
			// A trusted peer's connection may carry anybody, and he says each time whom.
			if (peer !== undefined && assertedBy(peer, request) !== undefined) return;
			connections.add(request, user, seconds, webSessions.get(request));
		},
		webSessionOf: (request) => webSessions.get(request),
		peerOf(request) {
			const peer = needs.peers.of(request);
			return peer === undefined || assertedBy(peer, request) === undefined
				? undefined
				: addressOf(request);
		},
	};
}

const because = {
	wrong: "wrong-password",
	stale: "unknown-nonce",
	replayed: "replayed-answer",
	elsewhere: "other-resource",
} as const;

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
function addressOf(request: IncomingRequest): string {
	const { source_address: address, protocol } = request;
	const [top = ""] = (request.get("Via") ?? "").split(",");
	const sentBy = /^\s*SIP\s*\/\s*2\.0\s*\/\s*\w+\s+([^;]+)/i.exec(top)?.[1];
	const port = /:(\d{1,5})\s*$/.exec(sentBy ?? "")?.[1];
	const host = address.includes(":") ? `[${address}]` : address;
	return `sip:${host}${port === undefined ? "" : `:${port}`};transport=${protocol}`;
}
