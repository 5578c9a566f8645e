/**
 * What of a browser's SIP is let through to a SIP server, which may trust this machine's address: one whole message that
 * every reader takes apart alike (RFC 7118, section 5), from its own user, and none that says who somebody is in the way
 * of trusted peers (RFC 3325 and its kin).
 */

/** Why a message is not relayed; undefined when it is. */
export type Objection =
	| "line ends are not CRLF"
	| "no end of headers"
	| "a header is not plainly written"
	| "length does not agree"
	| "asserts an identity"
	| "is from somebody else";

/** CRLFs that keep a connection alive (RFC 5626, section 4.4.1). */
const keepAliveBytes = 4;
const asserting = new Set([
	"p-asserted-identity",
	"p-preferred-identity",
	"p-asserted-service",
	"remote-party-id",
	"history-info",
	"diversion",
]);
/** A name (a token of RFC 3261, but "%", which some readers unescape), and what it holds, on one line. */
const plain = /^([\w!#$&'*+.^`|~-]{1,64})[ \t]*:(.*)$/;
const quoted = /"(?:[^"\\]|\\.)*"/g;
const address = /^[^<>",;]*<(sip:[^<>;?\s]+)>(?:;[^<>]*)?$/i;
/** CR or LF without the other, and what no header holds. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const astray = /\r(?!\n)|(?<!\r)\n|[\u0000-\u0008\u000b\u000c\u000e-\u001f]/;

/** `user`: `sip:alice@example.com`, in small letters; all that his page asks is from him. */
export function objectionTo(
	message: Buffer,
	user: string,
): Objection | undefined {
	if (isKeepAlive(message)) return undefined;
	const end = message.indexOf("\r\n\r\n");
	if (end < 0) return "no end of headers";
	const head = message.toString("latin1", 0, end);
	if (astray.test(head)) return "line ends are not CRLF";
	const [startLine = "", ...lines] = head.split("\r\n");
	const values = new Map<string, string[]>();
	for (const line of lines) {
		// A line that begins with a blank goes on with the one before: readers differ in what that makes.
		const [, name, value = ""] = plain.exec(line) ?? [];
		if (name === undefined) return "a header is not plainly written";
		const key = name.toLowerCase();
		// An operator's own headers may say who somebody is, too.
		if (asserting.has(key) || key.startsWith("x-")) {
			return "asserts an identity";
		}
		values.set(key, [...(values.get(key) ?? []), value.trim()]);
	}
	const of = (...names: string[]) =>
		names.flatMap((name) => values.get(name) ?? []);
	if (!startLine.startsWith("SIP/2.0 ") && !isFrom(of("from", "f"), user)) {
		return "is from somebody else";
	}
	const [length, ...more] = of("content-length", "l");
	return length === String(message.length - end - 4) && more.length === 0
		? undefined
		: "length does not agree";
}

function isKeepAlive(message: Buffer): boolean {
	return (
		message.length <= keepAliveBytes &&
		message.every((byte) => byte === 13 || byte === 10)
	);
}

function isFrom(given: readonly string[], user: string): boolean {
	const [from = "", ...more] = given;
	const uri = address.exec(from.replace(quoted, "").trim())?.[1];
	return more.length === 0 && uri?.toLowerCase() === user;
}
