/** Who a trusted peer says is calling: P-Asserted-Identity (RFC 3325), believed only from those whom the operator names. */
import { BlockList, isIP } from "node:net";
import type { UserUri } from "../rooms/types.ts";
import type { IncomingRequest } from "./drachtio.ts";
import { isAnonymous, userUri } from "./uri.ts";

export interface Asserted {
	readonly uri: UserUri;
	readonly displayName?: string;
}

const escapedName = /^[^\s:]*%[^\s:]*[ \t]*:/m;

/** Undefined when the request does not come from a trusted peer, or when that asserts no SIP identity, or several (RFC 3325, section 9.1). */
export type AssertedIdentity = (
	request: IncomingRequest,
) => Asserted | undefined;

/** `peers`: IP addresses, or networks like `10.1.0.0/16`. */
export function createAssertedIdentity(
	peers: readonly string[],
): AssertedIdentity {
	const trusted = new BlockList();
	for (const peer of peers) {
		const [address = "", prefix] = peer.split("/");
		const family = isIP(address) === 6 ? "ipv6" : "ipv4";
		if (prefix === undefined) trusted.addAddress(address, family);
		else trusted.addSubnet(address, Number(prefix), family);
	}

	return (request) => {
		const { source_address: source } = request;
		const family = isIP(source) === 6 ? "ipv6" : "ipv4";
		if (isIP(source) === 0 || !trusted.check(source, family)) return undefined;
		// COMPAT(drachtio-srf): it unescapes names, so that a peer that takes a caller's assertion away may miss this one.
		if (escapedName.test(headOf(request.raw))) return undefined;
		const header = request.get("P-Asserted-Identity") ?? "";
		const [identity, ...more] = splitIdentities(header)
			.map(readIdentity)
			.filter((one) => one !== undefined);
		return more.length === 0 ? identity : undefined;
	};
}

function headOf(message: string): string {
	const [head = ""] = message.split(/\r?\n\r?\n/, 1);
	return head;
}

/** A SIP and a TEL identity may stand beside each other; commas in quotes and brackets do not separate them. */
function splitIdentities(header: string): readonly string[] {
	return header.match(/(?:"(?:[^"\\]|\\.)*"|<[^>]*>|[^,"<])+/g) ?? [];
}

function readIdentity(identity: string): Asserted | undefined {
	const uri = userUri(identity.trim());
	if (uri === undefined || isAnonymous(uri)) return undefined;
	const name = /^\s*(?:"((?:[^"\\]|\\.)*)"|([^<"]*))\s*</.exec(identity);
	const displayName = (name?.[1]?.replace(/\\(.)/g, "$1") ?? name?.[2])?.trim();
	return { uri, ...(displayName && { displayName }) };
}
