/** Answers to a server's challenge (RFC 7616, RFC 8760), where this service is the client: SHA-256 before MD5, `qop=auth` where it is offered. */
import { randomBytes } from "node:crypto";
import { type Algorithm, hash, responseOf } from "./digest.ts";

export interface Challenge {
	readonly realm: string;
	readonly nonce: string;
	readonly opaque: string | undefined;
	readonly algorithm: Algorithm;
	/** Without it the answer is in the old form of RFC 2069. */
	readonly qopAuth: boolean;
	/** The credentials were right, only the nonce is too old. */
	readonly stale: boolean;
}

export interface Login {
	readonly user: string;
	readonly password: string;
}

const known: readonly Algorithm[] = ["SHA-256", "MD5"];
const scheme = /(?:^|,)\s*Digest\s+/gi;
const parameter = /([a-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))/gi;

/** The strongest of those that a header holds, several of them joined by commas; undefined when none can be answered. */
export function readChallenge(header: string): Challenge | undefined {
	const offered = header
		.split(scheme)
		.slice(1)
		.flatMap((text) => readOne(text) ?? []);
	for (const algorithm of known) {
		const found = offered.find((one) => one.algorithm === algorithm);
		if (found !== undefined) return found;
	}
	return undefined;
}

function readOne(text: string): Challenge | undefined {
	const given = new Map<string, string>();
	for (const [, name = "", quoted, plain] of text.matchAll(parameter)) {
		const value = quoted?.replace(/\\(.)/g, "$1") ?? plain ?? "";
		if (!given.has(name.toLowerCase())) given.set(name.toLowerCase(), value);
	}
	const realm = given.get("realm");
	const nonce = given.get("nonce");
	const wanted = (given.get("algorithm") ?? "MD5").toUpperCase();
	const algorithm = known.find((one) => one === wanted);
	const qop = given
		.get("qop")
		?.toLowerCase()
		.split(/[\s,]+/);
	if (realm === undefined || !nonce || algorithm === undefined)
		return undefined;
	if (qop !== undefined && !qop.includes("auth")) return undefined;
	return {
		realm,
		nonce,
		opaque: given.get("opaque"),
		algorithm,
		qopAuth: qop !== undefined,
		stale: given.get("stale")?.toLowerCase() === "true",
	};
}

/** The value of the header `Authorization`. `count`: how often the nonce was used, this time included. */
export function answerChallenge(
	challenge: Challenge,
	{ user, password }: Login,
	request: { readonly method: string; readonly uri: string },
	count: number,
): string {
	const { realm, nonce, opaque, algorithm, qopAuth } = challenge;
	const nc = count.toString(16).padStart(8, "0");
	const cnonce = randomBytes(12).toString("hex");
	const answer = {
		username: user,
		realm,
		nonce,
		uri: request.uri,
		response: "",
		algorithm,
		...(qopAuth && { qop: { nc, cnonce } }),
	};
	const ha1 = hash(algorithm, `${user}:${realm}:${password}`);
	return `Digest ${[
		`username=${quote(user)}`,
		`realm=${quote(realm)}`,
		`nonce=${quote(nonce)}`,
		`uri=${quote(request.uri)}`,
		`response="${responseOf(answer, request.method, ha1)}"`,
		`algorithm=${algorithm}`,
		...(opaque === undefined ? [] : [`opaque=${quote(opaque)}`]),
		...(qopAuth ? ["qop=auth", `nc=${nc}`, `cnonce="${cnonce}"`] : []),
	].join(", ")}`;
}

function quote(text: string): string {
	return `"${text.replace(/["\\]/g, "\\$&")}"`;
}
