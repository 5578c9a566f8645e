/** By where a request comes from: the trusted peer that sent it, the closest description first. */
import { BlockList, isIP } from "node:net";
import type { IncomingRequest } from "./drachtio.ts";
import type { Peer } from "./options.ts";
import type { RelayedSources } from "./relayed.ts";

type Source = Pick<
	IncomingRequest,
	"source_address" | "source_port" | "protocol"
>;

export interface Peers {
	/** Who comes by the web door is nobody's, though a peer may be on this machine too. */
	of(request: Source): Peer | undefined;
	/** As `of`, in a dialog: there the SIP server may not say the transport, which was looked at in the beginning. */
	inDialog(request: Source): Peer | undefined;
	/** Does it have a header in which peers say whose a request is? */
	isClaimed(request: Pick<IncomingRequest, "has">): boolean;
}

export function createPeers(
	settings: readonly Peer[],
	relayed: Pick<RelayedSources, "isRelayed">,
): Peers {
	const known = settings
		.map((peer) => ({ peer, ...rangeOf(peer.address) }))
		.sort((one, other) => other.bits - one.bits);
	const headers = new Set([
		"P-Asserted-Identity",
		...settings.map(({ callerIn }) => callerIn),
	]);

	function find(request: Source, secured: boolean): Peer | undefined {
		const address = request.source_address.replace(/^::ffff:/i, "");
		const family = isIP(address);
		if (family === 0 || relayed.isRelayed(request)) return undefined;
		return known.find(
			({ peer, range }) =>
				(peer.over === undefined || secured) &&
				range.check(address, family === 6 ? "ipv6" : "ipv4"),
		)?.peer;
	}

	return {
		of: (request) => find(request, request.protocol === "tls"),
		inDialog: (request) =>
			find(request, ["tls", ""].includes(request.protocol)),
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
