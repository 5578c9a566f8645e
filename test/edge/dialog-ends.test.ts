import assert from "node:assert/strict";
import { header } from "../sip-stack/wire.ts";
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

describe("dialogs, at their ends", () => {
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
