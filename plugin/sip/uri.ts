/** SIP addresses as this service compares them (RFC 3261 section 19.1): user and domain, lower case, nothing else. */
import type { UserUri } from "../rooms/types.ts";

const address = /^<?\s*sips?:(?:([^@;?<>\s]*)@)?(\[[0-9a-f:.]+\]|[^:;?<>\s]+)/i;

/** `"Alice" <sip:Alice@Example.com:5060;user=phone>;tag=1` → `sip:alice@example.com`. */
export function userUri(header: string): UserUri | undefined {
	const bracket = header.lastIndexOf("<");
	const match = address.exec(header.slice(Math.max(bracket, 0)));
	const user = match?.[1];
	const host = match?.[2];
	if (!user || host === undefined) return undefined;
	return `sip:${user}@${host}`.toLowerCase() as UserUri;
}

/** Somebody who does not want to be known (RFC 3323 section 4.1.1.3). */
export function isAnonymous(user: UserUri): boolean {
	return /^sip:anonymous@|@anonymous\.invalid$/.test(user);
}

/** The host of an address, lower case, without its port. */
export function hostPart(header: string): string | undefined {
	const bracket = header.lastIndexOf("<");
	return address.exec(header.slice(Math.max(bracket, 0)))?.[2]?.toLowerCase();
}

/** The user part of a Request-URI, lower case; undefined when it has none. */
export function userPart(uri: string): string | undefined {
	return address.exec(uri)?.[1]?.toLowerCase();
}

/**
 * Microsoft's clients, and those that play their part: they name their device in From. They keep session timers without
 * saying so, and know only MD5.
 */
export function isMicrosoftLike(request: {
	get(name: string): string | undefined;
}): boolean {
	return (
		headerParameter(request.get("From") ?? "", "epid") !== undefined ||
		/^UCCAPI\//.test(request.get("User-Agent") ?? "")
	);
}

/** COMPAT(baresip 1): it gives up when SHA-256 is offered, whatever else is. */
export function knowsOnlyMd5(request: {
	get(name: string): string | undefined;
}): boolean {
	return (
		isMicrosoftLike(request) ||
		/^baresip v[01]\./.test(request.get("User-Agent") ?? "")
	);
}

/** A parameter behind an address: `epid`, `tag`. */
export function headerParameter(
	header: string,
	name: string,
): string | undefined {
	const parameters = header.slice(header.lastIndexOf(">") + 1);
	for (const parameter of parameters.split(";")) {
		const [key, value] = parameter.split("=", 2);
		if (key?.trim().toLowerCase() === name) return value?.trim();
	}
	return undefined;
}
