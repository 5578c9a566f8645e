/** The SIP server asked through its own SIP port: it answers, it is stuck, it loses some, it is well again. */

import { equal, match, ok } from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { type ChatNode, startChatNode } from "../support/chat-node.ts";
import { until } from "../support/until.ts";

describe("the watchdog", () => {
	let node: ChatNode;
	let peer: Socket;
	/** Is the request that came as so manieth answered? */
	let answers: (count: number) => boolean;

	beforeEach(async () => {
		let count = 0;
		answers = () => true;
		peer = createSocket("udp4", (bytes, from) => {
			count += 1;
			if (!answers(count)) return;
			const lines = bytes.toString().split("\r\n");
			const copied = lines.filter((line) =>
				/^(Via|From|To|Call-ID|CSeq):/i.test(line),
			);
			peer.send(
				["SIP/2.0 200 OK", ...copied, "Content-Length: 0", "", ""].join("\r\n"),
				from.port,
				from.address,
			);
		});
		peer.bind(0, "127.0.0.1");
		await once(peer, "listening");
	});
	afterEach(async () => {
		await node.close();
		peer.close();
	});

	const state = () => node.chat.condition.sipWatchdog().state;
	const becomes = (wanted: string) =>
		until(() => state() === wanted, { what: `${wanted} (${state()})` });
	const lines = (text: string) =>
		node.logged.filter((line) => line.includes(text)).length;
	const start = (watchdogUri?: string) =>
		startChatNode({
			service: {
				life: { watchdogMs: 150, ...(watchdogUri && { watchdogUri }) },
			},
		});
	const thePeer = () =>
		`sip:watchdog@127.0.0.1:${peer.address().port};transport=udp`;

	it("goes through the SIP server's own address and comes back here", async () => {
		node = await start();
		await becomes("answering");
		const { answeredMs } = node.chat.condition.sipWatchdog();
		ok(answeredMs !== undefined && answeredMs < 150);
		equal(node.chat.condition.sipConnected(), true);
	});

	it("finds out that nobody takes SIP though the control connection lives, and says so once", async () => {
		answers = () => false;
		node = await start(thePeer());
		await becomes("silent");
		equal(node.chat.condition.sipConnected(), true);
		answers = () => true;
		await becomes("answering");
		equal(lines("takes no SIP, though"), 1);
		equal(lines("loses requests"), 0);
	});

	it("finds out that requests are lost now and then", async () => {
		node = await start(thePeer());
		await becomes("answering");
		answers = (count) => count % 3 !== 0;
		await becomes("unsteady");
		match(node.logged.join(), /SIP server loses requests/);
	});
});
