import assert from "node:assert/strict";
import { until } from "../support/until.ts";
import {
	closeEdges,
	edgeOf,
	fields,
	rawApp,
	SECRET,
	strangerApp,
	type TestEdge,
} from "./edges.ts";
import { Ua } from "./ua.ts";

describe("the control port", () => {
	let edge: TestEdge;

	beforeEach(async () => {
		edge = await edgeOf({ timers: { authenticateMs: 100 } });
	});
	afterEach(closeEdges);

	it("says where it is and what it is for when it starts", () => {
		const line = edge.logged(/evaluation and tests/);
		assert.equal(line?.level, "info");
	});

	it("is on loopback unless told otherwise", () => {
		assert.equal(edge.admin.host, "127.0.0.1");
	});

	it("tells an application its SIP addresses and a version that says what it is", async () => {
		const app = await strangerApp(edge);
		app.send(`m1|authenticate|${SECRET}|tag1,tag2`);
		const [id, ...rest] = fields(await app.receive(/m1/));
		const places = `udp/127.0.0.1:${edge.port("udp")},tcp/127.0.0.1:${edge.port("tcp")},ws/127.0.0.1:${edge.port("ws")}`;
		assert.match(id ?? "", /^[0-9a-f-]{36}$/);
		assert.deepEqual(rest, [
			"response",
			"m1",
			"OK",
			places,
			"v0.9.10-embedded-edge",
			places,
		]);
	});

	it("refuses a wrong secret and ends the connection", async () => {
		const app = await strangerApp(edge);
		app.send("m1|authenticate|wrong|");
		await app.receive(/\|response\|m1\|NO\|incorrect secret$/);
		await app.ended();
	});

	it("serves nobody who has not authenticated", async () => {
		const app = await strangerApp(edge);
		app.send("m1|route|invite");
		await app.receive(/\|response\|m1\|NO\|not authenticated$/);
		await app.ended();
	});

	it("ends a connection that does not authenticate in time", async () => {
		const app = await strangerApp(edge);
		await app.ended();
		assert(edge.logged(/did not authenticate/));
	});

	it("answers ping, route and remove_route", async () => {
		const app = await rawApp(edge);
		app.send("m1|ping", "m2|route|invite", "m3|remove_route|invite");
		await app.receive(/\|response\|m1\|OK\|pong$/);
		await app.receive(/\|response\|m2\|OK$/);
		await app.receive(/\|response\|m3\|OK$/);
	});

	it("ends a connection that says what it does not understand", async () => {
		const app = await rawApp(edge);
		app.send("m1|frobnicate|x");
		await app.receive(/\|response\|m1\|NO\|Unknown message type$/);
		await app.ended();
	});

	it("ends a connection whose frame is longer than the real server can read, and logs why", async () => {
		const app = await rawApp(edge);
		app.raw(`12229#${"x".repeat(100)}`);
		await app.ended();
		assert(edge.logged(/control connection ended.*12229 bytes.*12228/));
	});

	it("ends a connection whose pipelined frames overflow the real server's buffer, and logs why", async () => {
		const app = await rawApp(edge);
		app.send(
			...Array.from({ length: 40 }, (_, n) => `m${n}|ping|${"x".repeat(6000)}`),
		);
		await app.ended();
		assert(edge.logged(/control connection ended.*overflow.*4036/));
	});

	it("reads a frame of 12000 bytes that travels alone", async () => {
		const app = await rawApp(edge);
		app.send(`m1|ping|${"x".repeat(11_990)}`);
		await app.receive(/\|m1\|OK\|pong$/);
	});

	it("spreads requests over applications, per method, and skips one that is gone", async () => {
		const apps = [
			await rawApp(edge, "options", "message"),
			await rawApp(edge, "options", "message"),
		];
		const [a, b] = apps;
		assert(a !== undefined && b !== undefined);
		const peer = await edge.peer("tcp");
		const turn = async (method: string) => {
			new Ua(peer).send(method);
			const taken = await until(
				() => apps.find((app) => app.frames.length > 0),
				{ what: method },
			);
			taken.frames.length = 0;
			return taken === a ? "a" : "b";
		};
		const options = [
			await turn("OPTIONS"),
			await turn("OPTIONS"),
			await turn("OPTIONS"),
		];
		assert.deepEqual(options, ["a", "b", "a"]);
		assert.equal(await turn("MESSAGE"), "a");
		a.close();
		await until(() => edge.alive().applications === 1, {
			what: "one application",
		});
		assert.deepEqual(
			[await turn("OPTIONS"), await turn("OPTIONS")],
			["b", "b"],
		);
	});

	it("leaves nothing alive after close", async () => {
		const app = await rawApp(edge, "invite");
		const peer = await edge.peer("tcp");
		new Ua(peer).send("INVITE");
		await app.receive(/INVITE/);
		await edge.close();
		assert.deepEqual(edge.alive(), {
			dialogs: 0,
			applications: 0,
			transactions: 0,
			ways: 0,
			partialBytes: 0,
			timers: 0,
		});
		await app.ended();
		await peer.ended();
	});
});
