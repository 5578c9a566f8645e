/** Where a browser speaks SIP: the address that is set, or a port of the host that it has reached this door by. */
import type { FastifyRequest } from "fastify";

export type SipAddress = (
	request: Pick<FastifyRequest, "hostname" | "protocol">,
) => string | undefined;

/** What may stand in an address and in a header: a name or an IP address, and nothing else. */
const hostShape =
	/^(?:[a-z0-9](?:[a-z0-9.-]{0,252}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])$/i;

/** `url` wins; `port` is that of the embedded edge, which speaks plain WebSocket. Undefined where neither will do. */
export function sipAddress({
	url,
	port,
	secure,
}: {
	readonly url?: string | undefined;
	readonly port?: number | undefined;
	/** A page that came by HTTPS is not let speak plain WebSocket. */
	readonly secure: boolean;
}): SipAddress {
	return ({ hostname }) => {
		if (url !== undefined) return url;
		if (port === undefined || secure || !hostShape.test(hostname))
			return undefined;
		return `ws://${hostname}:${port}`;
	};
}
