/** Where a browser speaks SIP: at the address that is set, or at this door, which relays it (`relay.ts`). */
import type { FastifyRequest } from "fastify";
import type { WebSettings } from "../options.ts";

export const relayPath = "/sip";

export type SipAddress = (
	request: Pick<FastifyRequest, "host" | "protocol">,
) => string | undefined;

/** What may stand in an address and in a header: a name or an IP address, a port, and nothing else. */
const hostShape =
	/^(?:[a-z0-9](?:[a-z0-9.-]{0,252}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i;

/** Undefined where neither will do. */
export function sipAddress({
	sipWebSocketUrl,
	publicUrl,
	relays,
}: Pick<WebSettings, "sipWebSocketUrl" | "publicUrl"> & {
	/** Does this door relay SIP? */
	readonly relays: boolean;
}): SipAddress {
	const site = publicUrl === undefined ? undefined : new URL(publicUrl);
	return ({ host, protocol }) => {
		if (sipWebSocketUrl !== undefined) return sipWebSocketUrl;
		const reached = site?.host ?? host;
		if (!relays || !hostShape.test(reached)) return undefined;
		const secure = (site?.protocol ?? `${protocol}:`) === "https:";
		return `${secure ? "wss" : "ws"}://${reached}${relayPath}`;
	};
}
