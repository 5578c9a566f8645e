/** Where a SIP server is: `sip:127.0.0.1:5060;transport=tcp` or `ws://127.0.0.1:8088` as an address. */
import { createSocket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import {
	hostText,
	parseUri,
	type TransportName,
} from "../../sip-stack/index.ts";

export interface ServerAddress {
	readonly transport: TransportName;
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
	const transport = (uri?.params.get("transport") ?? "udp").toLowerCase();
	if (uri?.scheme !== "sip" || !isTransport(transport)) {
		throw new TypeError(
			`"${text}" is no SIP server: write sip:host:port;transport=tcp (or udp), or ws://host:port`,
		);
	}
	const port = uri.port ?? (transport === "ws" ? 80 : 5060);
	return { transport, host: uri.host, port, path: "/" };
}

function isTransport(name: string): name is TransportName {
	return name === "udp" || name === "tcp" || name === "ws";
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
