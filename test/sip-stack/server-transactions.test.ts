import assert from "node:assert/strict";
import type { ServerTransaction } from "../../sip-stack/index.ts";
import { until } from "../support/until.ts";
import { answer, closeStacks, listen, stackOf } from "./stacks.ts";
import { header, type Peer, sip, tcpPeer, udpPeer } from "./wire.ts";

function request(peer: Peer, method: string, via: string, more = ""): string {
	return sip`
		${method} sip:bob@example.com SIP/2.0
		Via: ${via}
		From: <sip:alice@example.com>;tag=a1
		To: <sip:bob@example.com>${more}
		Call-ID: call-${peer.port}
		CSeq: 1 ${method}
		Content-Length: 0

	`;
}

describe("server transactions", () => {
	const seen: ServerTransaction[] = [];
	const take = (transaction: ServerTransaction) => {
		seen.push(transaction);
	};

	beforeEach(() => {
		seen.length = 0;
	});
	afterEach(closeStacks);

	it("a repeated request over UDP gets its answer again and is told once", async () => {
		const stack = stackOf({
			onRequest(transaction) {
				take(transaction);
				answer(transaction, 200);
			},
		});
		const peer = await udpPeer((await listen(stack, "udp")).port);
		const text = request(peer, "INFO", peer.via("z9hG4bKone"));
		peer.send(text);
		const first = await peer.receive(/^SIP\/2.0 200/);
		peer.send(text);
		assert.equal(await peer.receive(/^SIP\/2.0 200/), first);
		assert.equal(seen.length, 1);
	});

	it("requests without a branch are told apart as RFC 2543 says", async () => {
		const stack = stackOf({
			onRequest(transaction) {
				take(transaction);
				answer(transaction, 200);
			},
		});
		const peer = await udpPeer((await listen(stack, "udp")).port);
		const via = `SIP/2.0/udp 127.0.0.1:${peer.port}`;
		const text = request(peer, "INFO", via, ";tag=b1");
		peer.send(text);
		peer.send(text);
		peer.send(text.replace("CSeq: 1", "CSeq: 2"));
		await peer.receive(/CSeq: 1 INFO/);
		await peer.receive(/CSeq: 1 INFO/);
		const second = await peer.receive(/CSeq: 2 INFO/);
		assert.equal(seen.length, 2);
		assert.equal(header(second, "Via"), via);
	});

	it("a Via is answered as it came, but for received and rport", async () => {
		const stack = stackOf();
		const peer = await udpPeer((await listen(stack, "udp")).port);
		peer.send(
			request(peer, "INFO", "SIP/2.0/UDP 10.1.2.3:5060;rport;branch=z9hG4bKx"),
		);
		assert.equal(
			header(await peer.receive(/200/), "Via"),
			`SIP/2.0/UDP 10.1.2.3:5060;rport=${peer.port};branch=z9hG4bKx;received=127.0.0.1`,
		);
	});

	it("a slow INVITE is answered 100", async () => {
		const stack = stackOf({ onRequest: take });
		const peer = await tcpPeer((await listen(stack, "tcp")).port);
		peer.send(request(peer, "INVITE", peer.via("z9hG4bKi")));
		const trying = await peer.receive(/^SIP\/2.0 100 Trying/);
		assert.equal(header(trying, "To"), "<sip:bob@example.com>");
	});

	it("a refused INVITE is repeated over UDP until its ACK comes", async () => {
		const stack = stackOf({ onRequest: (one) => answer(one, 486) });
		const peer = await udpPeer((await listen(stack, "udp")).port);
		const via = peer.via("z9hG4bKi");
		peer.send(request(peer, "INVITE", via));
		for (let i = 0; i < 3; i++) await peer.receive(/^SIP\/2.0 486/);
		peer.send(request(peer, "ACK", via, ";tag=any"));
		await until(() => stack.alive.timers <= 1, { what: "timer I alone" });
		await until(() => stack.alive.server === 0, { what: "the end" });
	});

	it("a refused INVITE without branch is acknowledged without one", async () => {
		const stack = stackOf({ onRequest: (one) => answer(one, 486) });
		const peer = await tcpPeer((await listen(stack, "tcp")).port);
		const via = `SIP/2.0/tcp 127.0.0.1:${peer.port}`;
		peer.send(request(peer, "INVITE", via));
		const refused = await peer.receive(/^SIP\/2.0 486/);
		const tag = header(refused, "To").slice("<sip:bob@example.com>".length);
		peer.send(request(peer, "ACK", via, tag));
		await until(() => stack.alive.server === 0, { what: "the end" });
	});

	it("a 2xx is repeated over UDP until an ACK with another branch comes, and the ACK is told once", async () => {
		const acks: string[] = [];
		const stack = stackOf({
			onRequest(transaction) {
				transaction.onAck = (ack) =>
					acks.push(ack.via?.params.get("branch") ?? "");
				answer(transaction, 200);
			},
		});
		const peer = await udpPeer((await listen(stack, "udp")).port);
		peer.send(request(peer, "INVITE", peer.via("z9hG4bKi")));
		const accepted = await peer.receive(/^SIP\/2.0 200/);
		assert.equal(await peer.receive(/^SIP\/2.0 200/), accepted);
		const tag = header(accepted, "To").slice("<sip:bob@example.com>".length);
		const ack = request(peer, "ACK", peer.via("z9hG4bKother"), tag);
		peer.send(ack);
		peer.send(ack);
		await until(() => acks.length > 0, { what: "the ACK" });
		peer.send(request(peer, "OPTIONS", peer.via("z9hG4bKlast")));
		await peer.receive(/CSeq: 1 OPTIONS/);
		assert.deepEqual(acks, ["z9hG4bKother"]);
	});

	it("a 2xx that is never acknowledged is given up after 64*T1", async () => {
		let gaveUp = false;
		const stack = stackOf({
			timers: { t1: 5, t2: 20 },
			onRequest(transaction) {
				transaction.onAckTimeout = () => {
					gaveUp = true;
				};
				answer(transaction, 200);
			},
		});
		const peer = await tcpPeer((await listen(stack, "tcp")).port);
		peer.send(request(peer, "INVITE", peer.via("z9hG4bKi")));
		await until(() => gaveUp, { what: "the ACK timeout" });
		assert.equal(peer.received.length, 1, "nothing is repeated on a stream");
		assert.equal(stack.alive.server, 0);
	});

	it("CANCEL is answered 200 and told to the INVITE it is for; a stray one is answered 481", async () => {
		const stack = stackOf({
			onRequest(transaction) {
				transaction.onCancel = () => answer(transaction, 487);
			},
		});
		const peer = await tcpPeer((await listen(stack, "tcp")).port);
		const via = peer.via("z9hG4bKi");
		peer.send(request(peer, "INVITE", via));
		peer.send(request(peer, "CANCEL", via));
		assert.match(await peer.receive(/CSeq: 1 CANCEL/), /^SIP\/2.0 200/);
		assert.match(await peer.receive(/CSeq: 1 INVITE/), /^SIP\/2.0 487/);
		peer.send(request(peer, "CANCEL", peer.via("z9hG4bKnone")));
		assert.match(await peer.receive(/CSeq: 1 CANCEL/), /^SIP\/2.0 481/);
	});

	it("a second final answer is not sent", async () => {
		const stack = stackOf({
			onRequest(transaction) {
				answer(transaction, 200);
				answer(transaction, 500);
				take(transaction);
			},
		});
		const peer = await tcpPeer((await listen(stack, "tcp")).port);
		peer.send(request(peer, "INFO", peer.via("z9hG4bK1")));
		peer.send(request(peer, "INFO", peer.via("z9hG4bK2")));
		await until(() => seen.length === 2, { what: "two requests" });
		assert.match(await peer.receive(/K2/), /^SIP\/2.0 200/);
		assert.equal(peer.received.length, 1);
	});

	it("requests beyond the limit are answered 503 with Retry-After", async () => {
		const stack = stackOf({ onRequest: take, maxTransactionsPerHost: 2 });
		const peer = await tcpPeer((await listen(stack, "tcp")).port);
		for (const n of [1, 2, 3])
			peer.send(request(peer, "INFO", peer.via(`z9hG4bK${n}`)));
		const refused = await peer.receive(/^SIP\/2.0 503/);
		assert.match(header(refused, "Via"), /K3/);
		assert.equal(header(refused, "Retry-After"), "5");
		const [first] = seen;
		assert(first !== undefined);
		answer(first, 200);
		peer.send(request(peer, "INFO", peer.via("z9hG4bK4")));
		await until(() => seen.length === 3, { what: "room for one more" });
	});

	it("answered requests are remembered within a bound", async () => {
		const stack = stackOf({ maxTransactions: 10 });
		const peer = await udpPeer((await listen(stack, "udp")).port);
		for (let n = 0; n < 50; n++) {
			peer.send(request(peer, "INFO", peer.via(`z9hG4bK${n}.`)));
			await peer.receive(new RegExp(`K${n}\\.`));
		}
		assert(stack.alive.server <= 10);
	});
});
