/** Whom a trusted peer says a request is from: in the header that the operator has named, of which there may be one caller only. */
import type { UserUri } from "../rooms/types.ts";
import type { IncomingRequest } from "./drachtio.ts";
import type { Peer } from "./options.ts";
import { headerParameter, isAnonymous, userUri } from "./uri.ts";

export interface Asserted {
	readonly uri: UserUri;
	readonly displayName?: string;
}

const escapedName = /^[^\s:]*%[^\s:]*[ \t]*:/m;

/** Undefined when it names no SIP identity, or several (RFC 3325, section 9.1). */
export function assertedBy(
	{ callerIn }: Pick<Peer, "callerIn">,
	request: Pick<IncomingRequest, "raw" | "get">,
): Asserted | undefined {
	// COMPAT(drachtio-srf): it unescapes names, so that a peer that takes a caller's assertion away may miss this one.
	if (escapedName.test(headOf(request.raw))) return undefined;
	const [identity, ...more] = splitIdentities(allOf(callerIn, request.raw))
		.map((text) => readIdentity(text.trim(), callerIn))
		.filter((one) => one !== undefined);
	return more.length === 0 ? identity : undefined;
}

/**
 * Every header of this name, in whichever letters, as one list.
 * COMPAT(drachtio-srf): it keeps `x-user` and `X-User` apart, and gives the first.
 */
export function allOf(name: string, message: string): string {
	const wanted = `${name.toLowerCase()}:`;
	return headOf(message)
		.replace(/\r?\n[ \t]+/g, " ")
		.split(/\r?\n/)
		.filter((line) =>
			line
				.replace(/[ \t]*:/, ":")
				.toLowerCase()
				.startsWith(wanted),
		)
		.map((line) => line.slice(line.indexOf(":") + 1).trim())
		.join(", ");
}

function headOf(message: string): string {
	const [head = ""] = message.split(/\r?\n\r?\n/, 1);
	return head;
}

/** A SIP and a TEL identity may stand beside each other; commas in quotes and brackets do not separate them. */
function splitIdentities(header: string): readonly string[] {
	return header.match(/(?:"(?:[^"\\]|\\.)*"|<[^>]*>|[^,"<])+/g) ?? [];
}

function readIdentity(text: string, header: string): Asserted | undefined {
	if (/^remote-party-id$/i.test(header) && !isScreenedCaller(text)) {
		return undefined;
	}
	// A header of the operator's may have the address bare.
	const isBare = /^X-/i.test(header) && /^[^\s<>":]+@[^\s<>"]+$/.test(text);
	const uri = userUri(isBare ? `sip:${text}` : text);
	if (uri === undefined || isAnonymous(uri)) return undefined;
	const name = /^\s*(?:"((?:[^"\\]|\\.)*)"|([^<"]*))\s*</.exec(text);
	const displayName = (name?.[1]?.replace(/\\(.)/g, "$1") ?? name?.[2])?.trim();
	return { uri, ...(displayName && { displayName }) };
}

/** `;party=called` is somebody else, `;screen=no` was not looked at (draft-ietf-sip-privacy-04). */
function isScreenedCaller(identity: string): boolean {
	const party = headerParameter(identity, "party") ?? "calling";
	const screen = headerParameter(identity, "screen") ?? "yes";
	return party.toLowerCase() === "calling" && screen.toLowerCase() === "yes";
}
