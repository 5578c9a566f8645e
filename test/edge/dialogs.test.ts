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

	it("are answered 410 for the application when the client's connection is gone", async () => {
		const { ua, id } = await established();
		ua.peer.close();
		await until(() => ua.peer.closed, { what: "the end" });
		app.send(`m1|sip||${id}\nINFO sip:placeholder SIP/2.0\n\n`);
		await app.receive(/\|sip\|network\|[\s\S]*SIP\/2.0 4(10|08)|SIP\/2.0 503/);
		app.send(`m2|sip||${id}\nINFO sip:placeholder SIP/2.0\n\n`);
		await app.receive(/SIP\/2.0 410/);
	});

	it("of a silent client over UDP are answered 408 for the application", async () => {
		const quick = await edgeOf({ timers: { t1: 3, t2: 12, t4: 10 } });
		app = await rawApp(quick, "invite");
		const ua = new Ua(await quick.peer("udp"));
		const calling = ua.call();
		const id = await respond("INVITE", "200 OK");
		await calling;
		app.send(`m1|sip||${id}\nINFO sip:placeholder SIP/2.0\n\n`);
		await app.receive(/SIP\/2.0 408/);
		assert(ua.peer.received.length > 3);
	});

	it("end with the client's BYE; what comes after is answered 481", async () => {
		const { ua } = await established();
		ua.send("BYE");
		const echoed = await respond("BYE", "200 OK");
		assert.equal(echoed, "");
		await ua.answered("BYE");
		assert.equal(edge.alive().dialogs, 0);
		assert.match(await ua.request("INFO"), /^SIP\/2.0 481/);
		assert.match(await ua.request("BYE"), /^SIP\/2.0 481/);
	});

	it("end with the application's BYE once it is answered", async () => {
		const { ua, id } = await established();
		app.send(`m1|sip||${id}\nBYE sip:placeholder SIP/2.0\n\n`);
		const bye = await ua.peer.receive(/^BYE/);
		ua.peer.answer(bye, "200 OK");
		await app.receive(/SIP\/2.0 200[\s\S]*BYE/);
		app.send(`m2|sip||${id}\nINFO sip:placeholder SIP/2.0\n\n`);
		await app.receive(
			/\|m2\|NOK\|Server error: unable to find dialog for dialog id provided$/,
		);
	});

	it("whose application is gone answer 481, and new ones go to another application", async () => {
		const { ua } = await established();
		const other = await rawApp(edge, "invite", "info");
		app.close();
		await until(() => edge.alive().applications === 1, {
			what: "one application",
		});
		assert.match(await ua.request("INFO"), /^SIP\/2.0 481/);
		new Ua(await edge.peer("tcp")).send("INVITE");
		await other.receive(/INVITE/);
		assert.match(await ua.request("BYE"), /^SIP\/2.0 481/);
	});

	it("a request that was with the application when it died is never answered", async () => {
		const { ua } = await established();
		ua.send("INFO");
		await taken("INFO");
		app.close();
		await until(() => edge.alive().transactions === 0, {
			what: "its transaction's end",
		});
		assert.deepEqual(ua.peer.received, []);
	});

	it("a method unknown to drachtio-server passes inside them", async () => {
		const { ua } = await established();
		ua.send("SERVICE");
		await respond("SERVICE", "501 Not Implemented");
		assert.match(await ua.answered("SERVICE"), /^SIP\/2.0 501/);
	});

	it("an INVITE that is cancelled is answered 487, and the application's answer comes too late", async () => {
		const ua = new Ua(await edge.peer("tcp"));
		ua.send("INVITE");
		const id = (await taken("INVITE"))[8] ?? "";
		app.send(`m1|sip|${id}|\nSIP/2.0 180 Ringing\n\n`);
		await ua.peer.receive(/^SIP\/2.0 180/);
		ua.send("CANCEL");
		assert.match(await ua.peer.receive(/CSeq: 1 CANCEL/), /^SIP\/2.0 200/);
		assert.match(await ua.peer.receive(/CSeq: 1 INVITE/), /^SIP\/2.0 487/);
		const cancel = await taken("CANCEL");
		assert.deepEqual(cancel.slice(8), [
			id,
			`${ua.callId};from-tag=${ua.fromTag}`,
			"",
		]);
		app.send(`m2|sip|${id}|\nSIP/2.0 487 Request Terminated\n\n`);
		await app.receive(/\|m2\|NOK\|/);
	});

	it("a slow INVITE is answered 100, a refused one leaves no dialog", async () => {
		const ua = new Ua(await edge.peer("tcp"));
		ua.send("INVITE");
		await ua.peer.receive(/^SIP\/2.0 100/);
		await respond("INVITE", "403 Forbidden");
		assert.match(await ua.answered("INVITE"), /^SIP\/2.0 403/);
		assert.equal(edge.alive().dialogs, 0);
	});

	it("a 407 is repeated to an INVITE that comes again with credentials but the same CSeq, as with drachtio-server", async () => {
		const ua = new Ua(await edge.peer("tcp"), { branch: false });
		ua.send("INVITE");
		await respond("INVITE", "407 Proxy Authentication Required");
		const first = await ua.answered("INVITE");
		ua.sequence--;
		ua.send("INVITE", 'Proxy-Authorization: Digest username="alice"');
		assert.equal(await ua.answered("INVITE"), first);
		assert.deepEqual(app.frames, []);
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

	it("of a SUBSCRIBE carry NOTIFY, and end when it says terminated", async () => {
		const ua = new Ua(await edge.peer("tcp"));
		ua.send("SUBSCRIBE", "Event: presence\nExpires: 60");
		const id = await respond("SUBSCRIBE", "202 Accepted", "Expires: 60");
		await ua.answered("SUBSCRIBE");
		app.send(
			`m1|sip||${id}\nNOTIFY sip:placeholder SIP/2.0\nSubscription-State: active\n\n`,
		);
		ua.peer.answer(await ua.peer.receive(/^NOTIFY/), "200 OK");
		await app.receive(/SIP\/2.0 200/);
		assert.equal(edge.alive().dialogs, 1);
		app.send(
			`m2|sip||${id}\nNOTIFY sip:placeholder SIP/2.0\nSubscription-State: terminated;reason=timeout\n\n`,
		);
		ua.peer.answer(await ua.peer.receive(/^NOTIFY/), "200 OK");
		await app.receive(/SIP\/2.0 200/);
		assert.equal(edge.alive().dialogs, 0);
	});

	for (const [what, text, reason] of [
		[
			"an unknown dialog",
			"INFO sip:placeholder SIP/2.0",
			"unable to find dialog for dialog id provided",
		],
		[
			"an ACK of an unknown dialog",
			"ACK sip:placeholder SIP/2.0",
			"ACK for non-success final response is automatically generated by server",
		],
	] as const)
		it(`${what} is refused with drachtio-server's reason`, async () => {
			app.send(`m1|sip||nothing\n${text}\n\n`);
			const answer = fields(await app.receive(/\|m1\|/));
			assert.deepEqual(answer.slice(3), ["NOK", `Server error: ${reason}`]);
		});

	for (const [what, text, reason] of [
		[
			"an unknown method",
			"SERVICE sip:placeholder SIP/2.0",
			"invalid or missing method supplied on start line: SERVICE sip:placeholder SIP/2.0",
		],
		[
			"a body without a type",
			"INFO sip:placeholder SIP/2.0\n\nx",
			"missing content-type",
		],
		[
			"a body of 12,000 bytes",
			`INFO sip:placeholder SIP/2.0\nContent-Type: text/plain\n\n${"x".repeat(12_000)}`,
			"",
		],
	] as const)
		it(`${what} is refused or passes as with drachtio-server`, async () => {
			const { id } = await established();
			app.send(`m1|sip||${id}\n${text}`);
			const answer = fields(await app.receive(/\|m1\|/));
			if (reason === "") assert.equal(answer[3], "OK");
			else
				assert.deepEqual(answer.slice(3), ["NOK", `Server error: ${reason}`]);
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

	it("a 2xx that is not acknowledged ends in BYE, and the application is told", async () => {
		const quick = await edgeOf({ timers: { t1: 3, t2: 12, t4: 10 } });
		app = await rawApp(quick, "invite");
		const ua = new Ua(await quick.peer("tcp"));
		ua.send("INVITE");
		const id = await respond("INVITE", "200 OK");
		const bye = await ua.peer.receive(/^BYE/);
		assert.equal(header(bye, "Reason"), 'SIP;cause=200;text="ACK timeout"');
		const told = await app.receive(/\|sip\|application\|/);
		assert.deepEqual(fields(told).slice(8), ["unsolicited", id, ""]);
		assert.equal(textOf(told), bye);
		assert.equal(quick.alive().dialogs, 0);
	});

	it("are refused with 503 when there are too many", async () => {
		const small = await edgeOf({ limits: { dialogs: 1 } });
		app = await rawApp(small, "invite");
		const first = new Ua(await small.peer("tcp"));
		const calling = first.call();
		await respond("INVITE", "200 OK");
		await calling;
		assert.match(
			await new Ua(await small.peer("tcp")).request("INVITE"),
			/^SIP\/2.0 503/,
		);
		assert(small.logged(/too many dialogs/));
	});
});
