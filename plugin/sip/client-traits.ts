/** What tells one client of a user from another: so who has published is not told what he knows. */
import type { ClientTraits } from "../rooms/types.ts";
import type { IncomingRequest } from "./drachtio.ts";
import { headerParameter } from "./uri.ts";

/** The surest first. */
const traits = ["epid", "instance", "contact", "connection"] as const;

export function traitsOf(request: IncomingRequest): ClientTraits {
	const contact = request.get("Contact") ?? "";
	// A connection that a proxy made carries many clients.
	const direct = !(request.get("Via") ?? "").includes(",");
	const known = {
		epid: headerParameter(request.get("From") ?? "", "epid"),
		instance: /\+sip\.instance="([^"]+)"/.exec(contact)?.[1],
		contact: /<([^>]*)>/.exec(contact)?.[1],
		connection: direct
			? `${request.protocol}/${request.source_address}:${request.source_port}`
			: undefined,
	};
	return Object.fromEntries(
		Object.entries(known).filter(
			(entry): entry is [string, string] => entry[1] !== undefined,
		),
	);
}

/** By the surest trait that both have; without one they are two. */
export function isSameClient(one: ClientTraits, other: ClientTraits): boolean {
	const shared = traits.find(
		(trait) => one[trait] !== undefined && other[trait] !== undefined,
	);
	return shared !== undefined && one[shared] === other[shared];
}
