/** Two WebSockets that are joined: when they are parted. */
import { equal, ok } from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { WebSocket, WebSocketServer } from "ws";
import { joinWebSockets } from "../../web/sip/pair.ts";
import { until } from "../support/until.ts";

describe("a page that is joined to the SIP server", () => {
	let door: WebSocketServer;
	let sipServer: WebSocketServer;
	let page: WebSocket;
	let at: number;
	let ended: number;

	beforeEach(async () => {
		[at, ended] = [0, 0];
		[door, sipServer] = [0, 0].map((port) => {
			return new WebSocketServer({ port, host: "127.0.0.1" });
		}) as [WebSocketServer, WebSocketServer];
		await Promise.all([once(door, "listening"), once(sipServer, "listening")]);
	});
	afterEach(async () => {
		page.terminate();
		for (const server of [door, sipServer]) {
			for (const client of server.clients) client.terminate();
			server.close();
		}
	});
	const addressOf = (server: WebSocketServer) =>
		`ws://127.0.0.1:${(server.address() as AddressInfo).port}`;

	async function join(silentMs?: number): Promise<void> {
		door.once("connection", (socket) => {
			joinWebSockets(socket, {
				sipServerUrl: addressOf(sipServer),
				onMessage() {},
				onConnection() {},
				onFault() {},
				onEnd() {
					ended += 1;
				},
				silentMs,
				now: () => at,
			});
		});
		page = new WebSocket(addressOf(door), "sip");
		await once(page, "open");
	}

	it("is parted once it has been silent for longer than it may, and not before", async () => {
		const toServer = once(sipServer, "connection");
		await join(30);
		const [socket] = await toServer;
		at = 29;
		const heard = once(socket, "message");
		page.send("ping");
		await heard;
		at = 58;
		page.send("ping");
		await once(socket, "message");
		equal(ended, 0);
		at = 89;
		const [code, reason] = await once(page, "close");
		equal(`${code} ${reason}`, "1001 silent");
		equal(ended, 1);
	});

	it("is parted when it does not read, and no more than a bound waits for it", async () => {
		const toServer = once(sipServer, "connection");
		await join();
		const [socket] = await toServer;
		page.pause();
		let sent = 0;
		await until(
			() => {
				if (ended > 0) return true;
				socket.send(Buffer.alloc(256 * 1024));
				sent += 256 * 1024;
				return false;
			},
			{ what: "the end", withinMs: 15_000 },
		);
		ok(sent < 64 * 1024 * 1024, `${sent} bytes`);
	});
});
