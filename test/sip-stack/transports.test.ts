import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { WebSocket } from "ws";
import { type Flow, SipStack } from "../../sip-stack/index.ts";
import { until } from "../support/until.ts";
import { closeStacks, listen, newRequest, stackOf } from "./stacks.ts";
import { header, type Peer, sip, tcpPeer, udpPeer, wsPeer } from "./wire.ts";

function options(peer: Peer, branch: string, more = ""): string {
	return sip`
		OPTIONS sip:example.com SIP/2.0
		Via: ${peer.via(branch)}
		From: <sip:alice@example.com>;tag=a1
		To: <sip:example.com>
		Call-ID: ${branch}
		CSeq: 1 OPTIONS${more}
		Content-Length: 0

	`;
}

const PEERS = { udp: udpPeer, tcp: tcpPeer, ws: wsPeer } as const;

describe("transports", () => {
	afterEach(closeStacks);

	for (const transport of ["udp", "tcp", "ws"] as const) {
		it(`${transport}: a request is answered where it came from, and one can be sent back there`, async () => {
			let flow: Flow | undefined;
			const stack = stackOf();
			const sending = stackOf({
				onRequest(transaction) {
					flow = transaction.flow;
					transaction.abandon();
				},
			});
			const answering = await listen(stack, transport);
			const peer = await PEERS[transport](answering.port);
			peer.send(options(peer, "z9hG4bK1"));
			assert.match(await peer.receive(/z9hG4bK1/), /^SIP\/2.0 200 OK/);

			const second = await PEERS[transport](
				(await listen(sending, transport)).port,
			);
			second.send(options(second, "z9hG4bK2"));
			const there = await until(() => flow, { what: "the flow" });
			let status = 0;
			sending.request(newRequest("INFO"), there, {
				response(response) {
					status = response.status;
				},
			});
			second.answer(await second.receive(/^INFO/), "200 OK");
			await until(() => status === 200, { what: "the answer" });
		});

		it(`${transport}: two stacks talk to each other`, async () => {
			const server = await listen(stackOf(), transport);
			const client = stackOf();
			const flow = await client.connect({
				transport,
				host: "127.0.0.1",
				port: server.port,
			});
			const status = await new Promise<number>((resolve) => {
				client.request(newRequest("OPTIONS"), flow, {
					response: (response) => resolve(response.status),
				});
			});
			assert.equal(status, 200);
		});

		it(`${transport}: a stack has dozens of connections, and Node takes them for no leak`, async () => {
			const warnings: string[] = [];
			const warned = ({ message }: Error) => warnings.push(message);
			process.on("warning", warned);
			try {
				const client = stackOf();
				for (let count = 0; count < 12; count += 1) {
					const { port } = await listen(stackOf(), transport);
					await client.connect({ transport, host: "127.0.0.1", port });
				}
				await new Promise(setImmediate);
				assert.deepEqual(warnings, []);
			} finally {
				process.off("warning", warned);
			}
		});

		it(`${transport}: a faulty request is answered 400`, async () => {
			const peer = await PEERS[transport](
				(await listen(stackOf(), transport)).port,
			);
			peer.send(options(peer, "z9hG4bK1", "\r\nNo colon here"));
			const refused = await peer.receive(/^SIP\/2.0 400 malformed header line/);
			assert.match(header(refused, "To"), /;tag=/);
		});
	}

	it("IPv6 works like IPv4", async () => {
		const server = stackOf();
		const listener = await server.listen({
			transport: "tcp",
			host: "::1",
			port: 0,
		});
		const client = stackOf();
		const flow = await client.connect({
			transport: "tcp",
			host: "::1",
			port: listener.port,
		});
		const via = await new Promise<string>((resolve) => {
			client.request(newRequest("OPTIONS"), flow, {
				response: (response) => resolve(response.headers.get("via") ?? ""),
			});
		});
		assert.match(via, /^SIP\/2.0\/TCP \[::1\]:\d+;branch/);
	});

	it("a TCP stream whose framing is lost is answered and closed", async () => {
		const peer = await tcpPeer((await listen(stackOf(), "tcp")).port);
		peer.send(options(peer, "z9hG4bK1", "\r\nNo colon here"));
		await peer.ended();
		assert.match(peer.received[0] ?? "", /^SIP\/2.0 400/);
	});

	it("a ping is answered by a pong of its own", async () => {
		const peer = await tcpPeer((await listen(stackOf(), "tcp")).port);
		peer.send("\r\n\r\n");
		await peer.receive(/^\r\n$/);
	});

	it("a WebSocket without the subprotocol sip is refused", async () => {
		const { port } = await listen(stackOf(), "ws");
		const socket = new WebSocket(`ws://127.0.0.1:${port}`);
		const [error] = await once(socket, "error");
		assert.match(String(error), /401|400/);
	});

	it("requests that wait on a connection fail with 503 when it ends", async () => {
		const sockets: Socket[] = [];
		const server = createServer((socket) => sockets.push(socket)).listen(
			0,
			"127.0.0.1",
		);
		await once(server, "listening");
		const address = server.address();
		assert(address !== null && typeof address === "object");
		let closed = 0;
		const stack = stackOf({
			onFlowClosed: () => {
				closed++;
			},
		});
		const flow = await stack.connect({
			transport: "tcp",
			host: "127.0.0.1",
			port: address.port,
		});
		const told = new Promise<[number, boolean]>((resolve) => {
			stack.request(newRequest("INFO"), flow, {
				response: (response, local) => resolve([response.status, local]),
			});
		});
		await until(() => sockets.length === 1, { what: "the connection" });
		for (const socket of sockets) socket.destroy();
		assert.deepEqual(await told, [503, true]);
		assert.equal(flow.closed, true);
		assert.equal(flow.send(Buffer.from("x")), false);
		await until(() => closed === 1, { what: "the end told" });
		server.close();
	});

	it("a connection that is refused is an error of connect", async () => {
		const free = await listen(stackOf(), "tcp");
		await free.close();
		await assert.rejects(
			stackOf().connect({
				transport: "tcp",
				host: "127.0.0.1",
				port: free.port,
			}),
		);
	});

	it("a peer that does not read gets its connection closed", async () => {
		let flow: Flow | undefined;
		const stack = stackOf({
			transportLimits: { unsentBytes: 100_000 },
			onRequest(transaction) {
				flow = transaction.flow;
			},
		});
		const peer = await tcpPeer((await listen(stack, "tcp")).port);
		peer.send(options(peer, "z9hG4bK1"));
		const slow = await until(() => flow, { what: "the flow" });
		const bytes = Buffer.alloc(60_000, "x");
		let sent = 0;
		// The kernel takes some megabytes before anything waits, as this turn of the event loop lets nobody read.
		while (slow.send(bytes) && sent < 10_000) sent++;
		assert(sent < 10_000);
		assert.equal(slow.closed, true);
	});

	it("connections beyond the limit of one host are closed", async () => {
		const stack = stackOf({ transportLimits: { connectionsPerHost: 1 } });
		const { port } = await listen(stack, "tcp");
		const first = await tcpPeer(port);
		const second = await tcpPeer(port);
		await second.ended();
		first.send(options(first, "z9hG4bK1"));
		await first.receive(/^SIP\/2.0 200/);
	});

	it("after close nothing is left: no transaction, no timer, no socket", async () => {
		const stack = new SipStack({ onRequest() {} });
		const listeners = await Promise.all(
			(["udp", "tcp", "ws"] as const).map((one) => listen(stack, one)),
		);
		const [udp, tcp] = listeners;
		assert(udp !== undefined && tcp !== undefined);
		const peer = await tcpPeer(tcp.port);
		peer.send(options(peer, "z9hG4bK1").replaceAll("OPTIONS", "INVITE"));
		const flow = udp.flowTo({ host: "127.0.0.1", port: 9 });
		assert(flow !== undefined);
		stack.request(newRequest("INVITE"), flow, { response() {} });
		await until(() => stack.alive.server === 1, { what: "the INVITE" });
		await stack.close();
		assert.deepEqual(stack.alive, { server: 0, client: 0, timers: 0 });
		await peer.ended();
		await assert.rejects(
			stack.connect({ transport: "udp", host: "127.0.0.1", port: 9 }),
		);
	});
});
