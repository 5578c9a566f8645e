import assert from "node:assert/strict";
import fc from "fast-check";
import { Sources } from "../../edge/sources.ts";
import { until } from "../support/until.ts";
import {
	closeEdges,
	edgeOf,
	type RawApp,
	rawApp,
	strangerApp,
	type TestEdge,
} from "./edges.ts";
import { Ua } from "./ua.ts";

const INFO =
	"INFO sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKa\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:b@c>;tag=2\r\nCall-ID: x\r\nCSeq: 1 INFO\r\nContent-Length: 0\r\n\r\n";

/** A text with a piece cut out and other bytes put in its place. */
function mangled(text: string): fc.Arbitrary<Buffer> {
	return fc
		.tuple(fc.nat(text.length), fc.nat(30), fc.uint8Array({ maxLength: 10 }))
		.map(([at, cut, put]) =>
			Buffer.concat([
				Buffer.from(text.slice(0, at)),
				put,
				Buffer.from(text.slice(at + cut)),
			]),
		);
}

describe("bad input", () => {
	let edge: TestEdge;
	let app: RawApp;

	beforeEach(async () => {
		edge = await edgeOf();
		app = await rawApp(
			edge,
			"options",
			"info",
			"invite",
			"subscribe",
			"register",
		);
	});
	afterEach(closeEdges);

	/** The edge still serves. */
	async function alive(): Promise<void> {
		app.frames.length = 0;
		const ua = new Ua(await edge.peer("udp"));
		ua.send("OPTIONS");
		const frame = await app.receive(
			new RegExp(`OPTIONS [\\s\\S]*Call-ID: ${ua.callId}\\r`),
		);
		app.send(`m1|sip|${frame.split("|")[8]}|\nSIP/2.0 200 OK\n\n`);
		await ua.answered("OPTIONS");
	}

	it("any datagrams leave it serving, with few log lines", async () => {
		const peer = await edge.peer("udp");
		const samples = fc.sample(
			fc.oneof(
				mangled(INFO),
				fc.uint8Array({ maxLength: 300 }).map((a) => Buffer.from(a)),
			),
			3000,
		);
		for (const bytes of samples) if (bytes.length > 0) peer.send(bytes);
		await alive();
		assert(edge.lines.length < 100, `${edge.lines.length} lines`);
	});

	it("any streams leave it serving", async () => {
		for (const bytes of fc.sample(mangled(INFO.repeat(2)), 150)) {
			const peer = await edge.peer("tcp");
			peer.send(bytes);
		}
		await alive();
	});

	it("any WebSocket messages leave it serving", async () => {
		const peer = await edge.peer("ws");
		for (const bytes of fc.sample(mangled(INFO), 100))
			if (!peer.closed) peer.send(bytes);
		await alive();
	});

	it("any control frames leave it serving", async () => {
		const payload = mangled(`m1|sip||a;from-tag=b\r\n${INFO}`);
		const routed = mangled(
			`m1|sip||\r\n${INFO.replace("example.com", "127.0.0.1:9")}`,
		);
		const command = fc
			.constantFrom(
				"m|route|x",
				"m|ping",
				"m|sip",
				"m|proxy|a",
				"m",
				"|",
				"m|sip|a|b|c|d\r\n",
			)
			.map((s) => Buffer.from(s));
		for (const bytes of fc.sample(fc.oneof(payload, routed, command), 600)) {
			if (app.closed) app = await rawApp(edge, "options");
			app.raw(
				Buffer.concat([
					Buffer.from(`${Math.max(bytes.length, 1)}#`),
					bytes.length > 0 ? bytes : Buffer.from("x"),
				]),
			);
		}
		app.close();
		await until(() => edge.alive().applications === 0, {
			what: "no application",
		});
		app = await rawApp(edge, "options");
		await alive();
	});

	it("any bytes that are no control frames end their connection", async () => {
		const stranger = await strangerApp(edge);
		stranger.raw(Buffer.alloc(70_000, "x"));
		await stranger.ended();
		assert(edge.logged(/control connection ended/));
		await alive();
	});

	it("a message over 2 MiB is answered 413", async () => {
		const peer = await edge.peer("tcp");
		peer.send(
			INFO.replace("UDP", "TCP").replace("Length: 0", "Length: 2100000"),
		);
		await peer.receive(/^SIP\/2.0 413/);
		await peer.ended();
	});

	it("a body line over 8192 bytes is answered 400, one of 8192 passes", async () => {
		const ua = new Ua(await edge.peer("tcp"));
		ua.send("OPTIONS", "Content-Type: text/plain", "x".repeat(8192));
		await app.receive(/OPTIONS/);
		const other = new Ua(await edge.peer("tcp"));
		assert.match(
			await other.request(
				"OPTIONS",
				"Content-Type: text/plain",
				"x".repeat(8193),
			),
			/^SIP\/2.0 400/,
		);
	});

	it("messages that never end hold no more than their budget, over TCP and WebSocket", async () => {
		const small = await edgeOf({ limits: { partialBytes: 4 * 1024 * 1024 } });
		const line = `${"x".repeat(8000)}\r\n`;
		const half =
			INFO.replace("UDP", "TCP").replace("Length: 0", "Length: 2000000") +
			line.repeat(150);
		const peers = await Promise.all(
			Array.from({ length: 10 }, () => small.peer("tcp")),
		);
		for (const peer of peers) peer.send(half);
		await until(() => peers.some((peer) => peer.closed), { what: "an end" });
		assert(
			peers.some((peer) =>
				peer.received.some((text) => text.startsWith("SIP/2.0 503")),
			),
		);
		assert(small.logged(/too many unfinished messages/));
		await until(() => small.alive().partialBytes <= 4 * 1024 * 1024, {
			what: "little held",
		});
		const ua = new Ua(await small.peer("tcp"));
		assert.match(await ua.request("OPTIONS"), /^SIP\/2.0 503/);
		for (const peer of peers) peer.close();
		await until(() => small.alive().partialBytes === 0, {
			what: "nothing held",
		});
	});

	it("a flood from one address is shed and leaves dialogs and others alone", async () => {
		const small = await edgeOf({
			limits: { requestsPerSecond: 20, requestBurst: 30 },
		});
		const small2 = await rawApp(small, "options", "invite", "info");
		const ua = new Ua(await small.peer("tcp"));
		ua.send("INVITE");
		const invite = await small2.receive(/\r\nINVITE /);
		small2.send(`m1|sip|${invite.split("|")[8]}|\nSIP/2.0 200 OK\n\n`);
		await ua.answered("INVITE");
		ua.send("ACK");
		const flood = await small.peer("tcp");
		for (let n = 0; n < 500; n++) new Ua(flood).send("OPTIONS");
		const answer = await flood.receive(/^SIP\/2.0 503/);
		assert.match(answer, /^Retry-After: 5\r$/m);
		ua.send("INFO");
		await small2.receive(/\r\nINFO /);
		assert(
			small2.frames.filter((frame) => /\r\nOPTIONS /.test(frame)).length < 100,
		);
		assert(small.logged(/too many requests/));
		assert(small.lines.length < 20);
		const udp = new Ua(await small.peer("udp"));
		udp.send("OPTIONS");
		assert.equal(await udp.answeredWithin("OPTIONS", 20), undefined);
	});

	it("each source address has its own share, which grows again", () => {
		const sources = new Sources(10, 2);
		assert.deepEqual(
			[1, 2, 3].map(() => sources.take("192.0.2.1", 0)),
			[true, true, false],
		);
		assert.equal(sources.take("192.0.2.2", 0), true);
		assert.equal(sources.take("192.0.2.1", 50), false);
		assert.equal(sources.take("192.0.2.1", 100), true);
		assert.equal(sources.take("192.0.2.1", 100), false);
		assert.deepEqual(
			["2001:db8:1:2::1", "2001:db8:1:2:3::4", "2001:db8:1:2:5:6:7:8"].map(
				(host) => sources.take(host, 0),
			),
			[true, true, false],
		);
	});

	it("a flood of unanswered requests ends in 503 and takes no more memory", async () => {
		const small = await edgeOf({
			limits: { transactions: 50, transactionsPerHost: 50 },
		});
		await rawApp(small, "options");
		const peer = await small.peer("tcp");
		for (let n = 0; n < 200; n++) new Ua(peer).send("OPTIONS");
		await peer.receive(/^SIP\/2.0 503/);
		assert(small.alive().transactions <= 50);
		assert(small.logged(/too many requests/));
		assert(small.lines.length < 20);
	});
});
