/**
 * Connections that this process has opened to the SIP server for somebody else: a SIP server sees this machine's address
 * in all of them, so whose requests they carry is remembered here, and attempts are counted where they come from.
 */
import type { IncomingRequest } from "./drachtio.ts";

/** Of a connection to the SIP server, as this end sees it: not behind NAT, the SIP server sees the same. */
export interface LocalEnd {
	readonly address: string;
	readonly port: number;
}

export interface Relayed {
	/** Who is at the far end of this connection, until what is returned is called. */
	carries(end: LocalEnd, source: string): () => void;
}

export interface RelayedSources extends Relayed {
	/** Where a request comes from: who is relayed, or the address that the SIP server has seen. */
	sourceOf(request: Source): string;
	/** Is it somebody else's, although it comes from this machine? */
	isRelayed(request: Source): boolean;
	/** By which of the connections that are carried it comes, if by one. */
	connectionOf(request: Source): Connection | undefined;
	/** Hears of each that is carried no more. */
	onLeft(listener: (connection: Connection) => void): void;
}

export type Connection = string & { readonly "": "connection" };

type Source = Pick<IncomingRequest, "source_address" | "source_port">;

export function createRelayedSources(): RelayedSources {
	const sources = new Map<Connection, string>();
	const listeners: ((connection: Connection) => void)[] = [];
	const key = (address: string, port: number | string) =>
		`${address.replace(/^::ffff:/i, "")} ${port}` as Connection;
	return {
		carries({ address, port }, source) {
			const connection = key(address, port);
			sources.set(connection, source);
			return () => {
				if (!sources.delete(connection)) return;
				for (const listener of listeners) listener(connection);
			};
		},
		sourceOf: ({ source_address: address, source_port: port }) =>
			sources.get(key(address, port)) ?? address,
		isRelayed: ({ source_address: address, source_port: port }) =>
			sources.has(key(address, port)),
		connectionOf({ source_address: address, source_port: port }) {
			const connection = key(address, port);
			return sources.has(connection) ? connection : undefined;
		},
		onLeft(listener) {
			listeners.push(listener);
		},
	};
}
