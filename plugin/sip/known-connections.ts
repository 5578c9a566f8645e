/** Stream connections by which a user has registered after proving who he is: they vouch for him until that ends. */

import type { UserUri } from "../rooms/types.ts";
import type { IncomingRequest } from "./drachtio.ts";
import { serverNumber } from "./sip-servers.ts";

interface Known {
	readonly user: UserUri;
	readonly expiresAt: number;
	/** It carries several users, as a proxy's does, and vouches for none of them. */
	readonly shared: boolean;
	/** At the web door, by whose ticket. */
	readonly webSession: string | undefined;
}

export interface KnownConnections {
	add(
		request: IncomingRequest,
		user: UserUri,
		seconds: number,
		webSession: string | undefined,
	): void;
	/** Undefined when the connection does not vouch for this user. */
	find(
		request: IncomingRequest,
		user: UserUri,
	): Pick<Known, "webSession"> | undefined;
}

const maxConnections = 100_000;
const streams = new Set(["tcp", "tls", "ws", "wss"]);

export function createKnownConnections(now: () => number): KnownConnections {
	const connections = new Map<string, Known>();
	return {
		add(request, user, seconds, webSession) {
			if (!streams.has(request.protocol)) return;
			const key = connectionOf(request);
			const before = connections.get(key);
			const shared =
				before !== undefined && (before.shared || before.user !== user);
			connections.delete(key);
			const expiresAt = now() + seconds * 1000;
			connections.set(key, { user, expiresAt, shared, webSession });
			const [oldest] = connections.keys();
			if (connections.size > maxConnections && oldest !== undefined) {
				connections.delete(oldest);
			}
		},
		find(request, user) {
			const known = connections.get(connectionOf(request));
			return known?.user === user &&
				!known.shared &&
				known.expiresAt > now() &&
				isDirect(request)
				? known
				: undefined;
		},
	};
}

/** Did the request come from the client itself? Each proxy on the way adds a Via. */
function isDirect(request: IncomingRequest): boolean {
	return !(request.get("Via") ?? "").includes(",");
}

function connectionOf(request: IncomingRequest): string {
	const { protocol, source_address, source_port, socket } = request;
	// The same address and port may be somebody else's at another SIP server.
	return `${serverNumber(socket)}/${protocol}/${source_address}:${source_port}`;
}
