/** Digest authentication, the client's side (RFC 7616 and 8760, as SIP uses them: RFC 3261 section 22). */
import { createHash, randomBytes } from "node:crypto";
import { type SipResponse, splitList, unquote } from "../../sip-stack/index.ts";

export interface Challenge {
	readonly realm: string;
	readonly nonce: string;
	readonly opaque?: string;
	/** As written by the server; absent means MD5. */
	readonly algorithm?: string;
	/** Does the server offer `qop=auth`? Without it the answer is in the old form of RFC 2069. */
	readonly qopAuth: boolean;
	/** The credentials were right, only the nonce is too old. */
	readonly stale: boolean;
}

/** Strongest first; by lower-case name. */
const algorithms: readonly (readonly [name: string, hash: string])[] = [
	["sha-512-256", "sha512-256"],
	["sha-256", "sha256"],
	["md5", "md5"],
];

/** The strongest understood challenge of all those that the header lines hold; undefined when none is understood. */
export function strongestChallenge(
	lines: readonly string[],
): Challenge | undefined {
	const offered = lines.flatMap(parseChallenges);
	for (const [name] of algorithms) {
		const found = offered.find(
			({ algorithm }) => (algorithm ?? "md5").toLowerCase() === name,
		);
		if (found) return found;
	}
	return undefined;
}

/** One header line may hold several challenges, and their parameters are separated by commas too. */
function parseChallenges(line: string): Challenge[] {
	const challenges: Map<string, string>[] = [];
	for (const part of splitList(line)) {
		const scheme = /^([A-Za-z][\w-]*)\s+(?=[\w-]+\s*=)/.exec(part);
		const isDigest = scheme?.[1]?.toLowerCase() === "digest";
		if (scheme)
			challenges.push(new Map([["scheme", isDigest ? "digest" : ""]]));
		const [name = "", ...value] = part
			.slice(scheme?.[0].length ?? 0)
			.split("=");
		challenges
			.at(-1)
			?.set(name.trim().toLowerCase(), unquote(value.join("=").trim()));
	}
	return challenges.flatMap((params) => toChallenge(params) ?? []);
}

function toChallenge(
	params: ReadonlyMap<string, string>,
): Challenge | undefined {
	const realm = params.get("realm");
	const nonce = params.get("nonce");
	const qop = params
		.get("qop")
		?.toLowerCase()
		.split(/[\s,]+/);
	const unfit = qop !== undefined && !qop.includes("auth");
	if (params.get("scheme") !== "digest" || unfit) return undefined;
	if (realm === undefined || nonce === undefined) return undefined;
	const opaque = params.get("opaque");
	const algorithm = params.get("algorithm");
	return {
		realm,
		nonce,
		qopAuth: qop !== undefined,
		stale: params.get("stale")?.toLowerCase() === "true",
		...(opaque !== undefined && { opaque }),
		...(algorithm !== undefined && { algorithm }),
	};
}

export interface DigestInput {
	readonly username: string;
	readonly password: string;
	readonly method: string;
	readonly uri: string;
	/** How often this nonce was used, this time included. */
	readonly count: number;
	readonly cnonce: string;
}

/** The value of the Authorization or Proxy-Authorization header. */
export function digestAnswer(challenge: Challenge, input: DigestInput): string {
	const nc = input.count.toString(16).padStart(8, "0");
	const params = [
		`username=${quote(input.username)}`,
		`realm=${quote(challenge.realm)}`,
		`nonce=${quote(challenge.nonce)}`,
		`uri=${quote(input.uri)}`,
		`response="${digestResponse(challenge, input, nc)}"`,
	];
	if (challenge.algorithm) params.push(`algorithm=${challenge.algorithm}`);
	if (challenge.opaque !== undefined) {
		params.push(`opaque=${quote(challenge.opaque)}`);
	}
	if (challenge.qopAuth) {
		params.push("qop=auth", `nc=${nc}`, `cnonce=${quote(input.cnonce)}`);
	}
	return `Digest ${params.join(", ")}`;
}

function digestResponse(
	{ realm, nonce, algorithm, qopAuth }: Challenge,
	{ username, password, method, uri, cnonce }: DigestInput,
	nc: string,
): string {
	const wanted = (algorithm ?? "md5").toLowerCase();
	const hashName = algorithms.find(([name]) => name === wanted)?.[1] ?? "md5";
	const hash = (text: string) =>
		createHash(hashName).update(text, "utf8").digest("hex");
	const user = hash(`${username}:${realm}:${password}`);
	const request = hash(`${method}:${uri}`);
	return qopAuth
		? hash(`${user}:${nonce}:${nc}:${cnonce}:auth:${request}`)
		: hash(`${user}:${nonce}:${request}`);
}

function quote(text: string): string {
	return `"${text.replace(/["\\]/g, "\\$&")}"`;
}

const answerHeaders = [
	[401, "WWW-Authenticate", "Authorization"],
	[407, "Proxy-Authenticate", "Proxy-Authorization"],
] as const;

/** A user's name and password, and the nonces that servers gave, counted. */
export class Credentials {
	readonly #username: string;
	readonly #password: string;
	/** By header to answer in. */
	readonly #nonces = new Map<string, { challenge: Challenge; count: number }>();

	constructor(username: string, password: string) {
		this.#username = username;
		this.#password = password;
	}

	/** Takes the challenge of a 401 or 407: undefined when there is none that can be answered. */
	take(
		response: SipResponse,
	): { readonly stale: boolean; readonly answerIn: string } | undefined {
		const names = answerHeaders.find(([status]) => status === response.status);
		if (!names) return undefined;
		const [, challengeHeader, answerIn] = names;
		const lines = response.headers.getAll(challengeHeader);
		const challenge = strongestChallenge(lines);
		if (!challenge) return undefined;
		this.#nonces.set(answerIn, { challenge, count: 0 });
		return { stale: challenge.stale, answerIn };
	}

	/** Headers for a request, for every challenge known. */
	headers(method: string, uri: string): [name: string, value: string][] {
		return [...this.#nonces].map(([name, known]) => {
			known.count++;
			const answer = digestAnswer(known.challenge, {
				username: this.#username,
				password: this.#password,
				method,
				uri,
				count: known.count,
				cnonce: randomBytes(16).toString("hex"),
			});
			return [name, answer];
		});
	}
}
