import assert from "node:assert/strict";
import { bodyOf, header, headers } from "../sip-stack/wire.ts";
import { until } from "../support/until.ts";
import {
	closeEdges,
	edgeOf,
	fields,
	type RawApp,
	rawApp,
	type TestEdge,
	textOf,
} from "./edges.ts";
import { Ua, type UaOptions } from "./ua.ts";

describe("dialogs", () => {
	let edge: TestEdge;
	let app: RawApp;

	beforeEach(async () => {
		edge = await edgeOf({ timers: { t1: 20, t2: 80, t4: 100, tryingMs: 100 } });
		app = await rawApp(edge, "invite", "subscribe");
	});
	afterEach(closeEdges);

	/** The transaction id of the next request of this method that the application is given. */
	async function taken(method: string): Promise<string[]> {
		return fields(
			await app.receive(
				new RegExp(`^[^|]+\\|sip\\|network\\|.*\\r\\n${method} `),
			),
		);
	}

	async function respond(
		method: string,
		status: string,
		more = "",
	): Promise<string> {
		const [, , , , , , , , id = ""] = await taken(method);
		app.send(`${method}!|sip|${id}|\nSIP/2.0 ${status}\n${more}\n\n`);
		const echo = fields(
			await app.receive(new RegExp(`\\|response\\|${method}!\\|`)),
		);
		return echo[11] ?? "";
	}

	async function established(
		transport: "udp" | "tcp" | "ws" = "tcp",
		options: UaOptions = {},
	): Promise<{ ua: Ua; id: string }> {
		const ua = new Ua(await edge.peer(transport), options);
		const calling = ua.call();
		const id = await respond("INVITE", "200 OK");
		await calling;
		await taken("ACK");
		return { ua, id };
	}

	it("begin with the 200 of an INVITE, whose ACK the application is told under the same ids", async () => {
		const ua = new Ua(await edge.peer("tcp"));
		const calling = ua.call();
		const invited = await taken("INVITE");
		app.send(`m1|sip|${invited[8]}|\nSIP/2.0 200 OK\n\n`);
		const answer = await calling;
		const echo = fields(await app.receive(/\|m1\|/));
		assert.equal(echo[6], "tcp");
		assert.equal(echo[11], `${ua.callId};from-tag=${ua.fromTag}`);
		assert.equal(
			header(answer, "Contact"),
			`<sip:127.0.0.1:${edge.port("tcp")};transport=tcp>`,
		);
		const ack = await taken("ACK");
		assert.equal(ack[4], "");
		assert.deepEqual(ack.slice(8), [invited[8], echo[11], ""]);
		assert.equal(edge.alive().dialogs, 1);
	});

	it("have the tag that the application chose", async () => {
		const ua = new Ua(await edge.peer("tcp"));
		const calling = ua.call();
		await respond("INVITE", "200 OK", "To: <sip:bob@example.com>;tag=chosen");
		assert.match(header(await calling, "To"), /;tag=chosen$/);
	});

	it("carry INFO to the application and its answer back", async () => {
		const { ua, id } = await established();
		ua.send("INFO", "Content-Type: text/plain", "héllo");
		const frame = await app.receive(/\r\nINFO /);
		assert.equal(bodyOf(textOf(frame)), "héllo");
		assert.deepEqual(fields(frame).slice(9), [id, ""]);
		app.send(`m1|sip|${fields(frame)[8]}|\nSIP/2.0 200 OK\n\n`);
		await ua.answered("INFO");
		assert.equal(fields(await app.receive(/\|m1\|OK/))[11], id);
	});

	it("carry the application's INFO to the client's own connection, with our tags and the next number", async () => {
		const { ua, id } = await established();
		app.send(
			`m1|sip||${id}\nINFO sip:placeholder SIP/2.0\nContent-Type: text/plain; charset=UTF-8\n\nhéllo`,
		);
		const request = await ua.peer.receive(/^INFO/);
		assert.match(
			request,
			new RegExp(
				`^INFO sip:alice@example.com:${ua.peer.port};maddr=127.0.0.1;transport=tcp SIP/2.0`,
			),
		);
		assert.equal(
			header(request, "From"),
			`<sip:bob@example.com>;tag=${ua.toTag}`,
		);
		assert.equal(
			header(request, "To"),
			`<sip:alice@example.com>;tag=${ua.fromTag};epid=cf0b98`,
		);
		assert.equal(header(request, "CSeq"), "2 INFO");
		assert.equal(bodyOf(request), "héllo");
		const echo = await app.receive(/\|m1\|OK\|application/);
		assert.equal(textOf(echo), request);
		ua.peer.answer(request, "200 OK");
		const answer = fields(
			await app.receive(/\|sip\|network\|[\s\S]*SIP\/2.0 200/),
		);
		assert.deepEqual(answer.slice(8), [fields(echo)[10], id, ""]);
	});

	it("keep the order of the application's requests", async () => {
		const { ua, id } = await established();
		app.send(
			...Array.from(
				{ length: 50 },
				(_, n) =>
					`m${n}|sip||${id}\nINFO sip:placeholder SIP/2.0\nX-N: ${n}\n\n`,
			),
		);
		await until(() => ua.peer.received.length === 50, { what: "50 INFOs" });
		assert.deepEqual(
			ua.peer.received.map((text) => Number(header(text, "X-N"))),
			Array.from({ length: 50 }, (_, n) => n),
		);
	});

	it("serve a client that sends no branch inside them", async () => {
		const { ua } = await established("tcp", { branch: false });
		for (const body of ["one", "two"]) {
			ua.send("INFO", "Content-Type: text/plain", body);
			await respond("INFO", "200 OK");
			const answer = await ua.answered("INFO");
			assert.equal(
				header(answer, "Via"),
				`SIP/2.0/TCP 127.0.0.1:${ua.peer.port}`,
			);
		}
	});

	it("of two clients with the same Call-ID and From tag are two", async () => {
		const twin = { callId: "seeded", fromTag: "same" };
		const a = await established("tcp", twin);
		const b = await established("tcp", twin);
		assert.notEqual(a.id, b.id);
		for (const [one, text] of [
			[a, "for a"],
			[b, "for b"],
		] as const)
			app.send(
				`m|sip||${one.id}\nINFO sip:placeholder SIP/2.0\nX-For: ${text}\n\n`,
			);
		assert.equal(header(await a.ua.peer.receive(/^INFO/), "X-For"), "for a");
		assert.equal(header(await b.ua.peer.receive(/^INFO/), "X-For"), "for b");
		b.ua.send("INFO");
		assert.equal((await taken("INFO"))[9], b.id);
	});

	it("over UDP lead to where the client was last heard, not to what its Contact claims", async () => {
		const { ua, id } = await established("udp", {
			contact: "<sip:alice@192.0.2.1:5099>",
		});
		app.send(`m1|sip||${id}\nINFO sip:placeholder SIP/2.0\n\n`);
		assert.match(
			await ua.peer.receive(/^INFO/),
			/^INFO sip:alice@192.0.2.1:5099 SIP/,
		);
	});

	it("lead to the connection the client was last heard on", async () => {
		const { ua, id } = await established();
		const moved = new Ua(await edge.peer("tcp"), {
			callId: ua.callId,
			fromTag: ua.fromTag,
		});
		moved.toTag = ua.toTag;
		moved.sequence = ua.sequence;
		moved.send("UPDATE", "");
		await respond("UPDATE", "200 OK");
		await moved.answered("UPDATE");
		app.send(`m1|sip||${id}\nINFO sip:placeholder SIP/2.0\n\n`);
		assert.match(
			await moved.peer.receive(/^INFO/),
			new RegExp(`:${moved.peer.port};maddr`),
		);
	});

	it("keep the route of a proxy that recorded itself", async () => {
		const ua = new Ua(await edge.peer("tcp"));
		const calling = ua.call(
			`Record-Route: <sip:p1.example.com;lr>, <sip:p2.example.com;lr>`,
		);
		const id = await respond("INVITE", "200 OK");
		const answer = await calling;
		const routes = ["<sip:p1.example.com;lr>", "<sip:p2.example.com;lr>"];
		assert.deepEqual(headers(answer, "Record-Route"), routes);
		app.send(`m1|sip||${id}\nINFO sip:placeholder SIP/2.0\n\n`);
		assert.deepEqual(headers(await ua.peer.receive(/^INFO/), "Route"), routes);
	});

	it("a method unknown to drachtio-server passes inside them", async () => {
		const { ua } = await established();
		ua.send("SERVICE");
		await respond("SERVICE", "501 Not Implemented");
		assert.match(await ua.answered("SERVICE"), /^SIP\/2.0 501/);
	});

	it("a re-INVITE is answered 100 at once and its ACK has an id of its own", async () => {
		const { ua, id } = await established();
		const again = ua.call("Content-Type: application/sdp");
		await ua.peer.receive(/^SIP\/2.0 100/);
		const invited = await taken("INVITE");
		app.send(`m1|sip|${invited[8]}|\nSIP/2.0 200 OK\n\n`);
		await again;
		const ack = await taken("ACK");
		assert.equal(ack[9], id);
		assert.notEqual(ack[8], invited[8]);
	});

	it("a client without Contact cannot be sent requests", async () => {
		const ua = new Ua(await edge.peer("tcp"), { contact: "x" });
		const calling = ua.peer.send(
			ua.text("INVITE").replace(/Contact: .*\r\n/, ""),
		);
		assert.equal(calling, undefined);
		const id = await respond("INVITE", "200 OK");
		app.send(`m1|sip||${id}\nINFO sip:placeholder SIP/2.0\n\n`);
		await app.receive(
			/\|m1\|NOK\|Server error: unable to find route when sending request inside dialog for dialog id /,
		);
	});
});
