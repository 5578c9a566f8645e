/** The headers an application gives, as they go into a SIP message: spelled and merged as drachtio-server does it. */
import { type Headers, splitList } from "../sip-stack/index.ts";

type HeaderLine = readonly [name: string, value: string];

/** Never taken from an application: the edge knows better. */
const own = new Set([
	"via",
	"route",
	"record-route",
	"rseq",
	"content-length",
	"from",
	"to",
	"call-id",
	"cseq",
	"max-forwards",
]);

const spelledNames: Readonly<Record<string, string>> = {
	"www-authenticate": "WWW-Authenticate",
	"mime-version": "MIME-Version",
	"min-se": "Min-SE",
	"sip-etag": "SIP-ETag",
	"sip-if-match": "SIP-If-Match",
	rack: "RAck",
};

/** Lists of tokens: equal headers become one line, with one blank after each comma. */
const tokenLists = new Set([
	"allow",
	"allow-events",
	"content-encoding",
	"content-language",
	"in-reply-to",
	"proxy-require",
	"require",
	"supported",
	"unsupported",
]);

const withAddress = new Set(["contact", "p-asserted-identity"]);

const localhostPattern = /@localhost(?::\d{1,5})?(?=[;>?,\s]|$)/g;

/** `content-type` → `Content-Type`; names that begin with X- stay as they are. */
function spellHeader(name: string): string {
	const spelled = spelledNames[name.toLowerCase()];
	if (spelled !== undefined) return spelled;
	if (name[0]?.toLowerCase() === "x" && name[1] === "-") return name;
	return name.replace(/(^|-)([a-z])/g, (text) => text.toUpperCase());
}

/** Puts the real address where the application wrote `localhost` because it does not know better. */
export function replaceLocalhost(value: string, hostPort: string): string {
	return value.replace(localhostPattern, () => `@${hostPort}`);
}

/** Adds the application's headers to a message of ours. */
export function addAppHeaders(
	target: Headers,
	lines: readonly HeaderLine[],
	hostPort: string,
): void {
	for (const [name, value] of lines) {
		const key = name.toLowerCase();
		if (own.has(key)) continue;
		if (tokenLists.has(key)) {
			const before = target.get(key);
			const list = splitList(before ? `${before},${value}` : value);
			target.set(spellHeader(name), list.join(", "));
		} else if (withAddress.has(key))
			target.add(spellHeader(name), replaceLocalhost(value, hostPort));
		else target.add(spellHeader(name), value);
	}
}

/** The first value of a header among the application's lines. */
export function appHeader(
	lines: readonly HeaderLine[],
	name: string,
): string | undefined {
	return lines.find(([given]) => given.toLowerCase() === name)?.[1];
}
