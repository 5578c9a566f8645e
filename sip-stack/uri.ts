/** SIP URIs, name-addr values and Via values as data, read in one pass each (RFC 3261, 19.1, 20.10, 20.42; RFC 3581). */

/** Parameters by lower-case name, values as written (quotes kept), "" for a flag such as `lr`. */
export type Params = ReadonlyMap<string, string>;

export interface Uri {
	/** `sip` or `sips`. */
	readonly scheme: string;
	readonly user: string | undefined;
	/** As written; an IPv6 address without its brackets. */
	readonly host: string;
	readonly port: number | undefined;
	readonly params: Params;
	/** What follows `?`, or "". */
	readonly headers: string;
}

export interface NameAddr {
	readonly display: string | undefined;
	/** The URI as written, of any scheme. */
	readonly uri: string;
	readonly params: Params;
}

export interface Via {
	/** Lower case: `udp`, `tcp`, `ws`, `tls`, `wss` … */
	readonly transport: string;
	readonly host: string;
	readonly port: number | undefined;
	readonly params: Params;
}

const noParams: Params = new Map();
const token = /^[A-Za-z0-9\-.!%*_+`'~]+$/;
const schemePattern = /^[A-Za-z][A-Za-z0-9+.-]*$/;
const hostPattern = /^[A-Za-z0-9_.-]+$/;
const ipv6 = /^[0-9A-Fa-f:.]+$/;
const digitsPattern = /^[0-9]{1,5}$/;
const unfitForUri = /[\s<>"]/;

export function isToken(text: string): boolean {
	return token.test(text);
}

/** Index after the closing quote of the quoted string that opens at `start`, or -1. */
function endOfQuoted(text: string, start: number): number {
	for (let i = start + 1; i < text.length; i++) {
		const c = text.charCodeAt(i);
		if (c === 0x5c) i++;
		else if (c === 0x22) return i + 1;
	}
	return -1;
}

/** Index of the first of `stops` outside quotes, or the length, or -1 when a quote is left open. */
function findOutsideQuotes(text: string, start: number, stops: string): number {
	let i = start;
	while (i < text.length) {
		const c = text[i] as string;
		if (c === '"') {
			i = endOfQuoted(text, i);
			if (i < 0) return -1;
		} else if (stops.includes(c)) return i;
		else i++;
	}
	return text.length;
}

/** Parameters of `;a=b;c`, from the first `;` at or after blanks; undefined when malformed. */
function parseParams(text: string, start: number): Params | undefined {
	let i = start;
	while (text[i] === " " || text[i] === "\t") i++;
	if (i >= text.length) return noParams;
	const params = new Map<string, string>();
	while (i < text.length) {
		if (text[i] !== ";") return undefined;
		const end = findOutsideQuotes(text, i + 1, ";");
		if (end < 0) return undefined;
		const part = text.slice(i + 1, end);
		const equals = part.indexOf("=");
		const name = (equals < 0 ? part : part.slice(0, equals)).trim();
		if (name === "" && part.trim() !== "") return undefined;
		if (name !== "" && !params.has(name.toLowerCase()))
			params.set(
				name.toLowerCase(),
				equals < 0 ? "" : part.slice(equals + 1).trim(),
			);
		i = end;
	}
	return params;
}

interface HostPort {
	readonly host: string;
	readonly port: number | undefined;
}

function parseHostPort(text: string): HostPort | undefined {
	let host: string;
	let rest: string;
	if (text.startsWith("[")) {
		const close = text.indexOf("]");
		host = text.slice(1, Math.max(close, 0));
		if (!ipv6.test(host)) return undefined;
		rest = text.slice(close + 1);
	} else {
		const colon = text.indexOf(":");
		host = colon < 0 ? text : text.slice(0, colon).trimEnd();
		if (!hostPattern.test(host)) return undefined;
		rest = colon < 0 ? "" : text.slice(colon);
	}
	rest = rest.trim();
	if (rest === "") return { host, port: undefined };
	const digits = rest.slice(1).trim();
	if (rest[0] !== ":" || !digitsPattern.test(digits)) return undefined;
	const port = Number(digits);
	return port <= 65535 ? { host, port } : undefined;
}

/** A `sip:` or `sips:` URI, or undefined for anything else or malformed. */
export function parseUri(text: string): Uri | undefined {
	const colon = text.indexOf(":");
	const scheme = text.slice(0, Math.max(colon, 0)).toLowerCase();
	if (scheme !== "sip" && scheme !== "sips") return undefined;
	if (unfitForUri.test(text.replaceAll('"', ""))) return undefined;
	// The user part may hold `;` and `?`, so it is cut off first.
	const at = text.indexOf("@", colon + 1);
	const user = at < 0 ? undefined : text.slice(colon + 1, at);
	if (user === "") return undefined;
	const start = at < 0 ? colon + 1 : at + 1;
	const question = text.indexOf("?", start);
	const end = question < 0 ? text.length : question;
	const semicolon = text.indexOf(";", start);
	const hostEnd = semicolon < 0 || semicolon > end ? end : semicolon;
	const hostPort = parseHostPort(text.slice(start, hostEnd));
	const params = parseParams(text.slice(0, end), hostEnd);
	if (hostPort === undefined || params === undefined) return undefined;
	const headers = question < 0 ? "" : text.slice(question + 1);
	return { scheme, user, ...hostPort, params, headers };
}

/** `"Display" <uri>;params` or `uri;params`, or undefined when malformed. */
export function parseNameAddr(value: string): NameAddr | undefined {
	const text = value.trim();
	const open = findOutsideQuotes(text, 0, "<");
	if (open < 0) return undefined;
	let display: string | undefined;
	let uri: string;
	let paramsAt: number;
	if (open < text.length) {
		const close = text.indexOf(">", open);
		if (close < 0) return undefined;
		display = text.slice(0, open).trim() || undefined;
		uri = text.slice(open + 1, close).trim();
		paramsAt = close + 1;
	} else {
		const semicolon = findOutsideQuotes(text, 0, ";");
		if (semicolon < 0) return undefined;
		uri = text.slice(0, semicolon).trim();
		paramsAt = semicolon;
	}
	const colon = uri.indexOf(":");
	if (colon < 1 || !schemePattern.test(uri.slice(0, colon))) return undefined;
	if (colon === uri.length - 1 || unfitForUri.test(uri)) return undefined;
	const params = parseParams(text, paramsAt);
	return params === undefined ? undefined : { display, uri, params };
}

/** The parts of a comma-separated header value; commas in quotes and angle brackets do not count. */
export function splitList(value: string): string[] {
	const parts: string[] = [];
	let start = 0;
	let i = 0;
	while (i < value.length) {
		const c = value[i];
		if (c === '"') {
			const end = endOfQuoted(value, i);
			i = end < 0 ? value.length : end;
		} else if (c === "<") {
			const end = value.indexOf(">", i);
			i = end < 0 ? value.length : end + 1;
		} else {
			if (c === ",") {
				parts.push(value.slice(start, i).trim());
				start = i + 1;
			}
			i++;
		}
	}
	parts.push(value.slice(start).trim());
	return parts.filter((part) => part !== "");
}

/** One Via value: `SIP/2.0/UDP host:port;params`. */
export function parseVia(value: string): Via | undefined {
	const text = value.trim();
	const sent = /^SIP\s{0,8}\/\s{0,8}2\.0\s{0,8}\/\s{0,8}/i.exec(text);
	if (sent === null) return undefined;
	const at = sent[0].length;
	const blank = text.slice(at, at + 64).search(/[ \t]/);
	if (blank <= 0) return undefined;
	const transport = text.slice(at, at + blank).toLowerCase();
	const semicolon = text.indexOf(";", at);
	const end = semicolon < 0 ? text.length : semicolon;
	const hostPort = parseHostPort(text.slice(at + blank, end).trim());
	const params = parseParams(text, end);
	if (!token.test(transport) || hostPort === undefined) return undefined;
	return params === undefined ? undefined : { transport, ...hostPort, params };
}

/** A host as it stands in a URI or Via: IPv6 in brackets. */
export function hostText(host: string): string {
	return host.includes(":") ? `[${host}]` : host;
}

/** The value without its quotes and escapes, when it has them. */
export function unquote(value: string): string {
	if (value.length < 2 || value[0] !== '"') return value;
	return value.slice(1, -1).replace(/\\(.)/gs, "$1");
}
