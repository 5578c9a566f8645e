/** By where a request comes from: the trusted peer that sent it, the closest description first. */
import { BlockList, isIP } from "node:net";
import type { IncomingRequest } from "./drachtio.ts";
import type { Peer } from "./options.ts";

export interface Peers {
	of(
		request: Pick<IncomingRequest, "source_address" | "protocol">,
	): Peer | undefined;
	/** Does it have a header in which peers say whose a request is? */
	isClaimed(request: Pick<IncomingRequest, "has">): boolean;
}

export function createPeers(settings: readonly Peer[]): Peers {
	const known = settings
		.map((peer) => ({ peer, ...rangeOf(peer.address) }))
		.sort((one, other) => other.bits - one.bits);
	const headers = new Set([
		"P-Asserted-Identity",
		...settings.map(({ callerIn }) => callerIn),
	]);

	return {
		of({ source_address: source, protocol }) {
			const address = source.replace(/^::ffff:/i, "");
			const family = isIP(address);
			if (family === 0) return undefined;
			return known.find(
				({ peer, range }) =>
					// In a dialog the SIP server may not say the transport; its beginning was looked at.
					(peer.over === undefined || ["tls", ""].includes(protocol)) &&
					range.check(address, family === 6 ? "ipv6" : "ipv4"),
			)?.peer;
		},
		isClaimed: (request) => [...headers].some((name) => request.has(name)),
	};
}

function rangeOf(text: string): { range: BlockList; bits: number } {
	const range = new BlockList();
	const [address = "", prefix] = text.split("/");
	const isV6 = isIP(address) === 6;
	const bits = prefix === undefined ? (isV6 ? 128 : 32) : Number(prefix);
	range.addSubnet(address, bits, isV6 ? "ipv6" : "ipv4");
	return { range, bits };
}
