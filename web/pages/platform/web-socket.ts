/** SIP over the browser's WebSocket, one message a WebSocket message (RFC 7118): stands in for `sip-stack/ws.ts` in the page. */
import type { StreamContext } from "../../../sip-stack/connections.ts";
import { parseMessage, SipParseError } from "../../../sip-stack/parse.ts";
import type { Flow, HostPort } from "../../../sip-stack/transport.ts";

const nowhere: HostPort = { host: "client.invalid", port: 0 };
let lastId = 0;

/** Rejects when there is no connection to be had. A page that came over HTTPS connects with TLS. */
export function connectWs(url: string, context: StreamContext): Promise<Flow> {
	const secured =
		location.protocol === "https:" ? url.replace(/^ws:/i, "wss:") : url;
	const socket = new WebSocket(secured, "sip");
	socket.binaryType = "arraybuffer";
	const { connectMs } = context.transportLimits;
	return new Promise((resolve, reject) => {
		const end = () => socket.close();
		const late = setTimeout(end, connectMs);
		const forget = context.closing.add(end);
		socket.addEventListener("open", () => {
			clearTimeout(late);
			resolve(flowOver(socket, context));
		});
		socket.addEventListener("close", () => {
			clearTimeout(late);
			forget();
			reject(new Error("no connection"));
		});
	});
}

export function listenWs(): never {
	throw new Error("a browser takes no connections");
}

function flowOver(socket: WebSocket, context: StreamContext): Flow {
	const { handlers, messageLimits, transportLimits } = context;
	const isOpen = () => socket.readyState === WebSocket.OPEN;
	let heardAt = performance.now();
	const flow: Flow = {
		transport: "ws",
		reliable: true,
		local: nowhere,
		remote: nowhere,
		key: `ws#${++lastId}`,
		get closed() {
			return !isOpen();
		},
		get heardAt() {
			return heardAt;
		},
		send(bytes) {
			if (!isOpen()) return false;
			socket.send(bytes.toString("utf8"));
			if (socket.bufferedAmount <= transportLimits.unsentBytes) return true;
			socket.close();
			return false;
		},
		close: () => socket.close(),
	};
	socket.addEventListener("message", ({ data }) => {
		heardAt = performance.now();
		const bytes = Buffer.from(data);
		// The answer to a ping, or a ping.
		if (bytes.length <= 4 && bytes.toString().trim() === "") return;
		try {
			handlers.message(parseMessage(bytes, messageLimits), flow);
		} catch (error) {
			if (!(error instanceof SipParseError)) throw error;
			handlers.malformed(error, flow);
		}
	});
	const end = () => socket.close();
	// A network that has gone may take minutes to be noticed by TCP.
	addEventListener("offline", end);
	socket.addEventListener("close", () => {
		removeEventListener("offline", end);
		handlers.closed(flow);
	});
	return flow;
}
