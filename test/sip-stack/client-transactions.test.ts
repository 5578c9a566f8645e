import assert from "node:assert/strict";
import {
	Headers,
	SipRequest,
	type SipResponse,
} from "../../sip-stack/index.ts";
import { until } from "../support/until.ts";
import { closeStacks, newRequest, stackOf } from "./stacks.ts";
import { header, type Peer, udpPeer } from "./wire.ts";

interface Told {
	readonly status: number;
	readonly local: boolean;
}

describe("client transactions", () => {
	afterEach(closeStacks);

	async function send(method: string, stack = stackOf()) {
		const peer = await udpPeer(0);
		const flow = await stack.connect({
			transport: "udp",
			host: "127.0.0.1",
			port: peer.port,
		});
		const told: Told[] = [];
		let last: SipResponse | undefined;
		const transaction = stack.request(newRequest(method), flow, {
			response(response, local) {
				told.push({ status: response.status, local });
				last = response;
			},
		});
		const toStack = flow.local.port;
		return {
			peer,
			told,
			transaction,
			stack,
			toStack,
			lastResponse: () => last,
		};
	}

	/** Answers to where the request came from: the peer of these tests is called, so it has no port of its own to send to. */
	function reply(peer: Peer, request: string, status: string, more = ""): void {
		const port = Number(/:(\d+);rport/.exec(header(request, "Via"))?.[1]);
		const lines = ["Via", "From", "Call-ID", "CSeq"].map(
			(name) => `${name}: ${header(request, name)}`,
		);
		const to = header(request, "To");
		const text = `SIP/2.0 ${status}\r\n${lines.join("\r\n")}\r\nTo: ${to}${more}\r\nContent-Length: 0\r\n\r\n`;
		peer.sendTo(text, port);
	}

	it("a request carries our Via with rport, and Max-Forwards", async () => {
		const { peer, toStack } = await send("OPTIONS");
		const request = await peer.receive(/^OPTIONS/);
		assert.match(
			header(request, "Via"),
			new RegExp(`^SIP/2.0/UDP 127.0.0.1:${toStack};rport;branch=z9hG4bK`),
		);
		assert.equal(header(request, "Max-Forwards"), "70");
	});

	it("a silent peer is asked again over UDP, then it is a local 408", async () => {
		const stack = stackOf({ timers: { t1: 4, t2: 16, t4: 10 } });
		const { peer, told } = await send("OPTIONS", stack);
		await until(() => told.length === 1, { what: "408" });
		assert.deepEqual(told, [{ status: 408, local: true }]);
		assert(peer.received.length >= 5, `${peer.received.length}`);
		assert.equal(new Set(peer.received).size, 1);
		assert.equal(stack.alive.client, 0);
	});

	it("an answer is told once, however often it comes", async () => {
		const { peer, told, stack } = await send("OPTIONS");
		const request = await peer.receive(/^OPTIONS/);
		reply(peer, request, "180 Ringing");
		reply(peer, request, "200 OK");
		reply(peer, request, "200 OK");
		reply(peer, request, "500 Late");
		await until(() => stack.alive.client === 0, { what: "timer K" });
		assert.deepEqual(
			told.map(({ status }) => status),
			[180, 200],
		);
	});

	it("an answer to another branch or method is nobody's", async () => {
		const { peer, told } = await send("OPTIONS");
		const request = await peer.receive(/^OPTIONS/);
		reply(peer, request.replace(/branch=\S+/, "branch=z9hG4bKno"), "500 No");
		reply(peer, request.replace("1 OPTIONS", "1 INFO"), "500 No");
		reply(peer, request, "200 OK");
		await until(() => told.length > 0, { what: "the answer" });
		assert.equal(told[0]?.status, 200);
	});

	it("a refused INVITE is acknowledged by itself, in the same branch, each time", async () => {
		const { peer, told } = await send("INVITE");
		const invite = await peer.receive(/^INVITE/);
		reply(peer, invite, "486 Busy Here", ";tag=b1");
		const ack = await peer.receive(/^ACK/);
		assert.equal(header(ack, "Via"), header(invite, "Via"));
		assert.match(header(ack, "To"), /;tag=b1$/);
		reply(peer, invite, "486 Busy Here", ";tag=b1");
		await peer.receive(/^ACK/);
		assert.deepEqual(told, [{ status: 486, local: false }]);
	});

	it("a 2xx is acknowledged by the user, and again by itself when it is repeated", async () => {
		const { peer, told, transaction } = await send("INVITE");
		const invite = await peer.receive(/^INVITE/);
		reply(peer, invite, "200 OK", ";tag=b1");
		await until(() => told.length === 1, { what: "the 200" });
		const ack = new SipRequest(
			"ACK",
			"sip:bob@192.0.2.1",
			new Headers([
				["From", header(invite, "From")],
				["To", `${header(invite, "To")};tag=b1`],
				["Call-ID", header(invite, "Call-ID")],
				["CSeq", "1 ACK"],
			]),
		);
		transaction.acknowledge(ack);
		const first = await peer.receive(/^ACK/);
		assert.notEqual(header(first, "Via"), header(invite, "Via"));
		reply(peer, invite, "200 OK", ";tag=b1");
		assert.equal(await peer.receive(/^ACK/), first);
		assert.equal(told.length, 1);
	});

	it("an INVITE is no longer repeated once it is being worked on", async () => {
		const { peer, told, transaction } = await send("INVITE");
		reply(peer, await peer.receive(/^INVITE/), "100 Trying");
		await until(() => told.length === 1, { what: "100" });
		const before = peer.received.length;
		transaction.cancel();
		await peer.receive(/^CANCEL/);
		assert.equal(
			peer.received.filter((text) => text.startsWith("INVITE")).length,
			before,
		);
	});

	it("CANCEL waits for a provisional answer, and the INVITE then ends by its own", async () => {
		const { peer, told, transaction } = await send("INVITE");
		const invite = await peer.receive(/^INVITE/);
		assert.equal(
			transaction.cancel([["Reason", "SIP;cause=200"]])?.method,
			"CANCEL",
		);
		assert.equal(
			peer.received.some((one) => one.startsWith("CANCEL")),
			false,
		);
		reply(peer, invite, "180 Ringing", ";tag=b1");
		const cancel = await peer.receive(/^CANCEL/);
		assert.equal(header(cancel, "Via"), header(invite, "Via"));
		assert.equal(header(cancel, "Reason"), "SIP;cause=200");
		reply(peer, cancel, "200 OK");
		reply(peer, invite, "487 Request Terminated", ";tag=b1");
		await until(() => told.length === 2, { what: "487" });
		assert.deepEqual(
			told.map(({ status }) => status),
			[180, 487],
		);
		assert.equal(transaction.cancel(), undefined);
	});

	it("an INVITE that rings for too long is cancelled", async () => {
		const { peer } = await send("INVITE");
		reply(peer, await peer.receive(/^INVITE/), "180 Ringing", ";tag=b1");
		await peer.receive(/^CANCEL/);
	});

	it("more requests than allowed end in a local 503 at once", async () => {
		const stack = stackOf({ maxTransactions: 0 });
		const { told, peer } = await send("OPTIONS", stack);
		await until(() => told.length === 1, { what: "503" });
		assert.deepEqual(told, [{ status: 503, local: true }]);
		assert.equal(peer.received.length, 0);
	});
});
