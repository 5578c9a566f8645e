/** A page's WebSocket and one of its own to the SIP server, joined message by message; either's end is the other's. */
import type { Socket } from "node:net";
import { type RawData, WebSocket } from "ws";
import {
	closeSoon,
	goingAway,
	subprotocol,
	tryAgainLater,
} from "./web-sockets.ts";

/** Of a message from the SIP server. */
const answerBytes = 1024 * 1024;
/** What waits for a side that does not read; beyond it the two are parted. */
const unsentBytes = 4 * 1024 * 1024;
const connectMs = 5_000;
/** Pages send a keep-alive every 20 s. */
const defaultSilentMs = 90_000;
/** Looks at a page within the time that it may be silent. */
const looks = 6;

export interface PairNeeds {
	/** `ws://…` */
	readonly sipServerUrl: string;
	/** Called with what the page says; it is passed on unless this ends the pair. */
	readonly onMessage: (bytes: Buffer) => void;
	/** The connection to the SIP server is there. */
	readonly onConnection: (socket: Socket) => void;
	readonly onFault: (error: Error) => void;
	readonly onEnd: () => void;
	/** A page that says nothing for so long is parted; default 90,000. */
	readonly silentMs?: number | undefined;
	/** In ms, never set back. */
	readonly now?: () => number;
}

export interface Pair {
	/** `code` and `reason` are told to the page. */
	end(code: number, reason: string): void;
}

export function joinWebSockets(page: WebSocket, needs: PairNeeds): Pair {
	const sipServer = new WebSocket(needs.sipServerUrl, subprotocol, {
		handshakeTimeout: connectMs,
		maxPayload: answerBytes,
		perMessageDeflate: false,
	});
	const { silentMs = defaultSilentMs, now = () => performance.now() } = needs;
	let ended = false;
	let heardAt = now();
	const listening = setInterval(() => {
		if (now() - heardAt > silentMs) end(goingAway, "silent");
	}, silentMs / looks);

	function end(code: number, reason: string): void {
		if (ended) return;
		ended = true;
		clearInterval(listening);
		needs.onEnd();
		closeSoon(page, code, reason);
		closeSoon(sipServer);
	}

	function pass(bytes: RawData, to: WebSocket, binary: boolean): void {
		if (ended) return;
		to.send(bytes, { binary });
		if (to.bufferedAmount > unsentBytes) end(tryAgainLater, "too slow");
	}

	// What the page says before there is somebody to say it to waits in its socket.
	page.pause();
	page.on("message", (bytes: Buffer, binary) => {
		heardAt = now();
		needs.onMessage(bytes);
		pass(bytes, sipServer, binary);
	});
	page.on("close", () => end(goingAway, "the page has closed"));
	sipServer.on("upgrade", ({ socket }) => {
		// What is begun after the end would never be ended.
		if (!ended) needs.onConnection(socket);
	});
	sipServer.on("open", () => page.resume());
	sipServer.on("message", (bytes, binary) => pass(bytes, page, binary));
	sipServer.on("error", (error) => {
		if (!ended) needs.onFault(error);
		end(tryAgainLater, "the SIP server is not reachable");
	});
	sipServer.on("close", () => end(goingAway, "the SIP server has closed"));
	return { end };
}
