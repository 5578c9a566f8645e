import assert from "node:assert/strict";
import fc from "fast-check";
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
