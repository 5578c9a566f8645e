/**
 * What of a browser's SIP is let through to a SIP server, which may trust this machine's address: one whole message that
 * every reader takes apart alike (RFC 7118, section 5), and none that says who somebody is in the way of trusted peers
 * (RFC 3325; RFC 3893 and its kin).
 */

/** Why a message is not relayed; undefined when it is. */
export type Objection =
	| "line ends are not CRLF"
	| "no end of headers"
	| "length does not agree"
	| "asserts an identity"
	| "is from somebody else";

/** CRLFs that keep a connection alive (RFC 5626, section 4.4.1). */
const keepAliveBytes = 4;
const asserting =
	/^(?:p-asserted-identity|p-preferred-identity|remote-party-id|p-asserted-service|history-info|diversion)[ \t]*:/im;
const length = /^(?:content-length|l)[ \t]*:(.*)$/gim;
const answer = /^SIP\/2\.0 /;
const from = /^(?:from|f)[ \t]*:(.*)$/gim;
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
	if (
		message.length <= keepAliveBytes &&
		message.every((byte) => byte === 13 || byte === 10)
	) {
		return undefined;
	}
	const end = message.indexOf("\r\n\r\n");
	if (end < 0) return "no end of headers";
	const head = message.toString("latin1", 0, end);
	if (astray.test(head)) return "line ends are not CRLF";
	if (asserting.test(head)) return "asserts an identity";
	if (!answer.test(head) && !isFrom(head, user)) return "is from somebody else";
	const lengths = [...head.matchAll(length)].map(([, text = ""]) =>
		text.trim(),
	);
	return lengths.length === 1 && lengths[0] === String(message.length - end - 4)
		? undefined
		: "length does not agree";
}

function isFrom(head: string, user: string): boolean {
	const given = [...head.matchAll(from)].map(([, text = ""]) =>
		address.exec(text.replace(quoted, "").trim())?.[1]?.toLowerCase(),
	);
	return given.length === 1 && given[0] === user;
}
