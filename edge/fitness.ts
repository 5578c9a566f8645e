/**
 * What an application's parser must be able to read: drachtio-srf throws at some malformed headers, takes others apart in its own way,
 * and prints, credentials and all, a message whose start line it cannot read. Such messages end at the edge (RFC 3261, 25.1 for the syntax).
 */
import type { SipMessage } from "../sip-stack/index.ts";

const token = "[A-Za-z0-9\\-.!%*_+`'~]+";
const quoted = '"[^"\\\\]*(?:\\\\.[^"\\\\]*)*"';
const address = `(?:(?:${token}(?:[ \\t]+${token})*|${quoted})?[ \\t]*<[ \\t]*[^<>"\\s]+[ \\t]*>|[^<>",;\\s]+)`;
const strictParam = `[ \\t]*;[ \\t]*(${token})(?:[ \\t]*=[ \\t]*(?:${token}|${quoted}))?`;
/** Each blank can be matched in one way only: nothing a peer sends may make these expressions slow. */
const param = `[ \\t]*;(?:[ \\t]*${token}(?:[ \\t]*=(?:[ \\t]*(?:${quoted}|[^<>",;\\s]+))?)?)?`;
const credential = `${token}[ \\t]*=[ \\t]*(?:${quoted}|[^",\\s]+)`;

/** From and To: nothing that could hide the tag from one reader and show it to another. */
const strictAddress = new RegExp(`^${address}((?:${strictParam})*)$`);
const strictParams = new RegExp(strictParam, "g");
const looseAddress = `${address}(?:${param})*`;
const oneAddress = new RegExp(`^${looseAddress}$`);
const addresses = listOf(looseAddress);
const vias = listOf(
	`SIP[ \\t]*/[ \\t]*2\\.0[ \\t]*/[ \\t]*${token}[ \\t]+(?:[A-Za-z0-9_.-]+|\\[[0-9A-Fa-f:.]+\\])(?:[ \\t]*:[ \\t]*\\d+)?(?:${param})*`,
);
const credentials = new RegExp(
	`^${token}[ \\t]+${credential}(?:[ \\t]*,[ \\t]*${credential})*$`,
);

/** Tabs are blanks; the separators at the end end a line for a regular expression. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const unprintable = /[\0-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]/;
/** A bar would shift the fields of the control protocol, whose dialog ids hold the Call-ID. */
const callId = /^[!-{}~]+$/;
const contentType = /^[ -~\t]{0,512}$/;

const checks: Readonly<Record<string, RegExp>> = {
	"call-id": callId,
	contact: addresses,
	route: addresses,
	"record-route": addresses,
	path: addresses,
	via: vias,
	"refer-to": oneAddress,
	"referred-by": oneAddress,
	"p-asserted-identity": addresses,
	"remote-party-id": addresses,
	authorization: credentials,
	"proxy-authorization": credentials,
	"content-type": contentType,
	expires: /^\d+$/,
};
const single = new Set(["content-type", "refer-to", "referred-by"]);

function isFromOrTo(value: string): boolean {
	const params = strictAddress.exec(value)?.[1];
	if (params === undefined) return false;
	const names = new Set<string>();
	let count = 0;
	for (const [, name = ""] of params.matchAll(strictParams)) {
		names.add(name.toLowerCase());
		count++;
	}
	return names.size === count;
}

/** No part may be empty: srf expects one more after every comma. */
function listOf(part: string): RegExp {
	return new RegExp(`^${part}(?:[ \\t]*,[ \\t]*${part})*$`);
}

/** Why no application should see this message, or undefined. */
export function unfitness(message: SipMessage): string | undefined {
	if (message.kind === "request" && message.method.includes("%"))
		return "escaped method";
	const seen = new Set<string>();
	for (const { name, key, value } of message.headers) {
		if (key.includes("%")) return "escaped header name";
		if (unprintable.test(value)) return "control character in a header";
		if (single.has(key) && seen.has(key)) return `more than one ${name}`;
		seen.add(key);
		const fits =
			key === "from" || key === "to"
				? isFromOrTo(value)
				: !Object.hasOwn(checks, key) || checks[key]?.test(value) === true;
		if (!fits) return `malformed ${name}`;
	}
	return undefined;
}
