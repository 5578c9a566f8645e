/**
 * Digest access authentication (RFC 7616, RFC 8760), server side.
 *
 * The challenge keeps no state: a nonce carries its time and a MAC over that and over whom it is for, by a key that the nodes of a pool
 * share: behind one SIP server, the answer may come to another node than the challenge came from. A nonce is good for
 * `nonceLifetimeMs`, and each of its nonce counts once on a node; only answers that were right are remembered, so that
 * strangers fill nothing.
 */
import {
	createHash,
	createHmac,
	randomBytes,
	timingSafeEqual,
} from "node:crypto";
import { userPart } from "./uri.ts";

export type Algorithm = "SHA-256" | "MD5";

export interface DigestAnswer {
	readonly username: string;
	readonly realm: string;
	readonly nonce: string;
	readonly uri: string;
	readonly response: string;
	readonly algorithm: Algorithm;
	/** Absent from clients that know only RFC 2069. */
	readonly qop?: { readonly nc: string; readonly cnonce: string };
}

/** `replayed`: right, but used before. `stale`: to no challenge that is still good, or to one that was given elsewhere. */
export type Verdict = "right" | "wrong" | "stale" | "replayed";

const nonceLifetimeMs = 60_000;
/** Counts that were used, of all nonces together. */
const maxRemembered = 500_000;
/** An answer's nonce is used up after so many requests. */
const maxNonceCount = 10_000;

export interface Digest {
	/** One value for each algorithm, in their order. `holder`: to whom alone the nonce is given. */
	challenge(
		algorithms: readonly Algorithm[],
		stale: boolean,
		holder: string,
	): string[];
	/** Is it a nonce of ours, given to this holder, and still good? Costs no look at the directory. */
	isFresh(nonce: string, holder: string): boolean;
	/** `ha1`: H(username:realm:password) in the answer's algorithm; undefined for an unknown user. */
	verify(
		answer: DigestAnswer,
		request: { readonly method: string; readonly holder: string },
		ha1: string | undefined,
	): Verdict;
}

/** `key`: a secret. */
export function createDigest(
	realm: string,
	now: () => number,
	key: string = randomBytes(32).toString("hex"),
): Digest {
	/** Nonce → the counts that were used; in the order of first use, so the oldest is first. */
	const used = new Map<string, { counts: Set<string>; expiresAt: number }>();
	let remembered = 0;
	/** Stands in for an unknown user: the time that an answer takes says nothing. */
	const nobody = randomBytes(32).toString("hex");

	function mac(stamp: string, holder: string): string {
		return createHmac("sha256", key)
			.update(`nonce ${stamp} ${holder}`)
			.digest("base64url");
	}

	function newNonce(holder: string): string {
		const stamp = `${now().toString(36)}.${randomBytes(9).toString("base64url")}`;
		return `${stamp}.${mac(stamp, holder)}`;
	}

	/** When the nonce is ours and still good, the time it ends. */
	function expiryOf(nonce: string, holder: string): number | undefined {
		const end = nonce.lastIndexOf(".");
		const stamp = nonce.slice(0, Math.max(end, 0));
		if (!equal(mac(stamp, holder), nonce.slice(end + 1))) return undefined;
		const madeAt = Number.parseInt(stamp.split(".")[0] ?? "", 36);
		const expiresAt = madeAt + nonceLifetimeMs;
		return now() <= expiresAt ? expiresAt : undefined;
	}

	function forgetOld(): void {
		for (const [nonce, { counts, expiresAt }] of used) {
			if (expiresAt >= now()) break;
			used.delete(nonce);
			remembered -= counts.size;
		}
	}

	function use(nonce: string, count: string, expiresAt: number): Verdict {
		forgetOld();
		const entry = used.get(nonce) ?? { counts: new Set(), expiresAt };
		if (entry.counts.has(count)) return "replayed";
		if (entry.counts.size >= maxNonceCount || remembered >= maxRemembered) {
			return "stale";
		}
		entry.counts.add(count);
		remembered += 1;
		used.set(nonce, entry);
		return "right";
	}

	return {
		challenge(algorithms, stale, holder) {
			const nonce = newNonce(holder);
			return algorithms.map(
				(algorithm) =>
					`Digest realm="${realm}", nonce="${nonce}", algorithm=${algorithm}, qop="auth"${stale ? ", stale=true" : ""}`,
			);
		},
		isFresh: (nonce, holder) => expiryOf(nonce, holder) !== undefined,
		verify(answer, { method, holder }, ha1) {
			const expected = responseOf(answer, method, ha1 ?? nobody);
			const right = equal(expected, answer.response.toLowerCase());
			if (ha1 === undefined || !right || answer.realm !== realm) return "wrong";
			const expiresAt = expiryOf(answer.nonce, holder);
			if (expiresAt === undefined) return "stale";
			const count = answer.qop?.nc ?? "none";
			return use(answer.nonce, count, expiresAt);
		},
	};
}

/** The client's side of the sum (RFC 7616 section 3.4.1). The uri is the one that the client gives: real ones write `(null)`. */
export function responseOf(
	{ nonce, uri, algorithm, qop }: DigestAnswer,
	method: string,
	ha1: string,
): string {
	const ha2 = hash(algorithm, `${method}:${uri}`);
	return qop === undefined
		? hash(algorithm, `${ha1}:${nonce}:${ha2}`)
		: hash(algorithm, `${ha1}:${nonce}:${qop.nc}:${qop.cnonce}:auth:${ha2}`);
}

/**
 * Was it computed for where the request goes? Told by the user part: the host is written anew on the way, and some clients write their
 * domain alone. COMPAT(pidgin-sipe): `(null)`, which is no address, is nobody's.
 */
export function isFor(
	{ uri }: Pick<DigestAnswer, "uri">,
	request: { readonly uri: string },
): boolean {
	const meant = userPart(uri);
	const asked = userPart(request.uri);
	return meant === undefined || asked === undefined || meant === asked;
}

export function hash(algorithm: Algorithm, text: string): string {
	const name = algorithm === "MD5" ? "md5" : "sha256";
	return createHash(name).update(text).digest("hex");
}

/** `Digest username="alice", …` → its parts; undefined when it is not a whole digest answer in an algorithm known here. */
export function parseDigestAnswer(header: string): DigestAnswer | undefined {
	const scheme = /^\s*Digest\s+/i.exec(header);
	if (scheme === null) return undefined;
	const parts = new Map<string, string>();
	const pair = /([a-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))/gi;
	for (const [, name, quoted, plain] of header
		.slice(scheme[0].length)
		.matchAll(pair)) {
		const value = quoted?.replace(/\\(.)/g, "$1") ?? plain ?? "";
		if (name !== undefined) parts.set(name.toLowerCase(), value);
	}
	const algorithm = algorithmOf(parts.get("algorithm"));
	const username = parts.get("username");
	const nonce = parts.get("nonce");
	const response = parts.get("response");
	if (!algorithm || !username || !nonce || !response) return undefined;
	const qop = parts.get("qop");
	const nc = (parts.get("nc") ?? "").toLowerCase();
	if (qop !== undefined) {
		if (qop.toLowerCase() !== "auth" || !/^[0-9a-f]{8}$/.test(nc)) {
			return undefined;
		}
	}
	return {
		username,
		realm: parts.get("realm") ?? "",
		nonce,
		uri: parts.get("uri") ?? "",
		response,
		algorithm,
		...(qop !== undefined && {
			qop: {
				nc,
				cnonce: parts.get("cnonce") ?? "",
			},
		}),
	};
}

/** All credentials of a header; servers on the way may have asked too. */
export function parseDigestAnswers(header: string): readonly DigestAnswer[] {
	return header
		.split(/,\s*(?=Digest\s)/i)
		.flatMap((one) => parseDigestAnswer(one) ?? []);
}

function algorithmOf(name: string | undefined): Algorithm | undefined {
	switch ((name ?? "MD5").toUpperCase()) {
		case "MD5":
			return "MD5";
		case "SHA-256":
			return "SHA-256";
		default:
			return undefined;
	}
}

function equal(a: string, b: string): boolean {
	const left = Buffer.from(a);
	const right = Buffer.from(b);
	return left.length === right.length && timingSafeEqual(left, right);
}
