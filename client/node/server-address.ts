/** Where a SIP server is: `sip:127.0.0.1:5060;transport=tcp` (`tls`, `udp`), `sips:sip.example.com` or `ws://127.0.0.1:8088` as an address. */
import { createSocket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import {
	type FlowTransport,
	hostText,
	parseUri,
} from "../../sip-stack/index.ts";

export interface ServerAddress {
	readonly transport: FlowTransport;
	readonly host: string;
	readonly port: number;
	/** WebSocket: the path of the URL. */
	readonly path: string;
}

/** Throws `TypeError` that says what is right. A SIP URI without a transport is UDP (RFC 3261, 19.1.2). */
export function parseServer(text: string): ServerAddress {
	if (/^ws:\/\//i.test(text) && URL.canParse(text)) {
		const url = new URL(text);
		return {
			transport: "ws",
			host: url.hostname.replace(/^\[|\]$/g, ""),
			port: Number(url.port || 80),
			path: `${url.pathname}${url.search}`,
		};
	}
	const uri = parseUri(text);
	const secure = uri?.scheme === "sips";
	const named = uri?.params.get("transport")?.toLowerCase();
	// RFC 3261, 26.2.2: `sips` and `tcp` together mean TLS over TCP.
	const transport = secure ? "tls" : (named ?? "udp");
	const fits = secure ? [undefined, "tcp", "tls"].includes(named) : true;
	if (uri === undefined || !fits || !isTransport(transport)) {
		throw new TypeError(
			`"${text}" is no SIP server: write sip:host:port;transport=tcp (or tls, udp), or ws://host:port`,
		);
	}
	const port = uri.port ?? defaultPorts[transport];
	return { transport, host: uri.host, port, path: "/" };
}

const defaultPorts = { udp: 5060, tcp: 5060, tls: 5061, ws: 80 } as const;

function isTransport(name: string): name is FlowTransport {
	return Object.hasOwn(defaultPorts, name);
}

export function addressText(address: ServerAddress): string {
	const hostPort = `${hostText(address.host)}:${address.port}`;
	return address.transport === "ws"
		? `ws://${hostPort}${address.path}`
		: `sip:${hostPort};transport=${address.transport}`;
}

/** Our own address on the way to a UDP server: what its requests to us must go to. */
export async function localHostTowards(server: ServerAddress): Promise<string> {
	const { address, family } = await lookup(server.host);
	const socket = createSocket(family === 6 ? "udp6" : "udp4");
	try {
		socket.connect(server.port, address);
		await once(socket, "connect");
		return socket.address().address;
	} finally {
		socket.close();
	}
}
