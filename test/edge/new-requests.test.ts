import assert from "node:assert/strict";
import type { Application } from "../../edge/application.ts";
import { parseAppFrame } from "../../edge/control-frame.ts";
import type { Edge } from "../../edge/edge.ts";
import { outsideDialog } from "../../edge/new-requests.ts";
import { header, headers, sip } from "../sip-stack/wire.ts";
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
import { Ua } from "./ua.ts";

describe("requests of an application outside dialogs", () => {
	let edge: TestEdge;

	beforeEach(async () => {
		edge = await edgeOf();
	});
	afterEach(closeEdges);

	async function taken(app: RawApp, method: string) {
		const frame = await app.receive(new RegExp(`\\r\\n${method} `));
		return { frame, id: fields(frame)[8] ?? "" };
	}

	it("go to a registered client over its own connection, whatever its Contact says", async () => {
		const app = await rawApp(edge, "register");
		const ua = new Ua(await edge.peer("ws"), {
			contact: "<sip:alice@df7jal23ls0d.invalid;transport=ws>",
		});
		ua.send("REGISTER");
		const { id } = await taken(app, "REGISTER");
		app.send(`m1|sip|${id}|\nSIP/2.0 200 OK\nExpires: 60\n\n`);
		await ua.answered("REGISTER");
		app.send(
			`m2|sip||\nOPTIONS sip:alice@df7jal23ls0d.invalid;transport=ws SIP/2.0\nFrom: <sip:me@localhost>\nX-A: 1\n\n`,
		);
		const request = await ua.peer.receive(/^OPTIONS/);
		assert.match(
			header(request, "From"),
			new RegExp(`^<sip:me@127.0.0.1:${edge.port("ws")}>;tag=\\w+$`),
		);
		const echo = await app.receive(/\|m2\|OK\|application\|/);
		assert.equal(textOf(echo), request);
		ua.peer.answer(request, "200 OK");
		const answer = await app.receive(/\|sip\|network\|[\s\S]*SIP\/2.0 200/);
		assert.equal(fields(answer)[8], fields(echo)[10]);
	});

	it("no longer reach a client that signed off", async () => {
		const app = await rawApp(edge, "register");
		const ua = new Ua(await edge.peer("tcp"), {
			contact: "<sip:alice@somewhere.invalid;transport=tcp>",
		});
		for (const expires of [60, 0]) {
			ua.send("REGISTER");
			const { id } = await taken(app, "REGISTER");
			app.send(`m1|sip|${id}|\nSIP/2.0 200 OK\nExpires: ${expires}\n\n`);
			await ua.answered("REGISTER");
		}
		app.send(
			"m2|sip||\nOPTIONS sip:alice@somewhere.invalid;transport=tcp SIP/2.0\n\n",
		);
		await app.receive(/\|sip\|network\|[\s\S]*SIP\/2.0 503/);
		assert.deepEqual(ua.peer.received, []);
	});

	it("do not reach whoever registers with another user's Contact", async () => {
		const app = await rawApp(edge, "register");
		const contact = "<sip:alice@df7jal23ls0d.invalid;transport=ws>";
		const register = async (ua: Ua, user: string, expires: number) => {
			ua.peer.send(
				ua.text("REGISTER").replace("To: <sip:bob@", `To: <sip:${user}@`),
			);
			const { id } = await taken(app, "REGISTER");
			app.send(`m1|sip|${id}|\nSIP/2.0 200 OK\nExpires: ${expires}\n\n`);
			await ua.answered("REGISTER");
		};
		const asked = async (ua: Ua) => {
			app.send(`m2|sip||\nOPTIONS ${contact.slice(1, -1)} SIP/2.0\n\n`);
			ua.peer.answer(await ua.peer.receive(/^OPTIONS/), "200 OK");
			await app.receive(/\|sip\|network\|[\s\S]*SIP\/2.0 200/);
		};
		const alice = new Ua(await edge.peer("ws"), { contact });
		const mallory = new Ua(await edge.peer("ws"), { contact });
		await register(alice, "alice", 60);
		await register(mallory, "mallory", 60);
		await asked(alice);
		await register(mallory, "mallory", 0);
		await asked(alice);
		const again = new Ua(await edge.peer("ws"), { contact });
		await register(again, "alice", 60);
		await asked(again);
		again.peer.close();
		await until(() => edge.alive().ways === 0, { what: "no way" });
		await register(mallory, "mallory", 60);
		await asked(mallory);
	});

	it("leave nothing behind when the connection made for them ends", async () => {
		const app = await rawApp(edge);
		const far = await edgeOf();
		const farApp = await rawApp(far, "options");
		app.send(
			`m1|sip||\nOPTIONS sip:x@127.0.0.1:${far.port("tcp")};transport=tcp SIP/2.0\n\n`,
		);
		await taken(farApp, "OPTIONS");
		assert.equal(edge.alive().ways, 1);
		await far.close();
		await until(() => edge.alive().ways === 0, { what: "no way" });
	});

	it("are answered when sending them fails, which ends nothing else", async () => {
		const sent: string[] = [];
		const logged: string[] = [];
		const application = {
			closed: false,
			send: (frame: Buffer) => void sent.push(frame.toString()),
		};
		const broken = {
			reach: {
				cachedFlow: () => ({}),
				flowTo: async () => ({}),
				localHostPort() {
					throw new Error("broken");
				},
			},
			log: {
				error: (_fields: unknown, text: string) => void logged.push(text),
			},
		};
		outsideDialog(
			broken as unknown as Edge,
			application as unknown as Application,
			parseAppFrame("m1|sip||\r\nOPTIONS sip:x@127.0.0.1:9 SIP/2.0\r\n\r\n"),
			"",
		);
		await until(() => sent.length > 0, { what: "an answer" });
		assert.match(sent[0] ?? "", /\|m1\|NOK\|broken$/);
		assert.deepEqual(logged, ["a request could not be sent"]);
	});

	it("go to an address over UDP and come back with its answer", async () => {
		const app = await rawApp(edge);
		const peer = await edge.peer("udp");
		app.send(
			`m1|sip||\nMESSAGE sip:bob@127.0.0.1:${peer.port} SIP/2.0\nContent-Type: text/plain\n\nhello`,
		);
		const request = await peer.receive(/^MESSAGE/);
		assert.equal(header(request, "To"), `<sip:bob@127.0.0.1:${peer.port}>`);
		peer.answer(request, "202 Accepted");
		const answer = await app.receive(/SIP\/2.0 202/);
		assert.deepEqual(fields(answer).slice(9), ["", ""]);
	});

	for (const [what, start, reason] of [
		[
			"to ourselves",
			"OPTIONS sip:x@127.0.0.1:PORT SIP/2.0",
			"can not send request to myself",
		],
		[
			"to no URI",
			"OPTIONS foo SIP/2.0",
			"invalid request-uri: OPTIONS foo SIP/2.0",
		],
		[
			"of an unknown method",
			"SERVICE sip:x@127.0.0.1:9 SIP/2.0",
			"invalid request-uri: SERVICE sip:x@127.0.0.1:9 SIP/2.0",
		],
		[
			"over TLS",
			"OPTIONS sip:x@127.0.0.1:9;transport=tls SIP/2.0",
			"requested protocol/transport not available",
		],
		[
			"with a body of no type",
			"MESSAGE sip:x@127.0.0.1:9 SIP/2.0\n\nhello",
			"missing content-type",
		],
	] as const)
		it(`${what} are refused with drachtio-server's reason`, async () => {
			const app = await rawApp(edge);
			app.send(`m1|sip||\n${start.replace("PORT", `${edge.port("udp")}`)}`);
			const answer = fields(await app.receive(/\|m1\|/));
			assert.deepEqual(answer.slice(1), ["response", "m1", "NOK", reason]);
		});

	it("cannot smuggle lines into a message", async () => {
		const app = await rawApp(edge);
		const payload =
			"m1|sip||\r\nOPTIONS sip:x@127.0.0.1:9 SIP/2.0\r\nX-A: 1\nVia: SIP/2.0/UDP evil:1\r\n\r\n";
		app.raw(`${payload.length}#${payload}`);
		await app.receive(/\|m1\|NOK\|invalid header$/);
	});

	it("an INVITE can be answered, acknowledged and ended", async () => {
		const app = await rawApp(edge);
		const peer = await edge.peer("udp");
		app.send(`m1|sip||\nINVITE sip:bob@127.0.0.1:${peer.port} SIP/2.0\n\nv=0`);
		const invite = await peer.receive(/^INVITE/);
		assert.equal(header(invite, "Content-Type"), "application/sdp");
		assert.equal(
			header(invite, "Contact"),
			`<sip:127.0.0.1:${edge.port("udp")}>`,
		);
		peer.send(
			sip`
			SIP/2.0 200 OK
			Via: ${header(invite, "Via")}
			From: ${header(invite, "From")}
			To: ${header(invite, "To")};tag=b1
			Call-ID: ${header(invite, "Call-ID")}
			CSeq: ${header(invite, "CSeq")}
			Contact: <sip:phone@127.0.0.1:${peer.port}>
			Record-Route: <sip:one.example.com;lr>, <sip:127.0.0.1:${peer.port};lr>
			Content-Length: 0

		`,
		);
		const dialog = fields(await app.receive(/SIP\/2.0 200/))[9] ?? "";
		assert.match(dialog, /;from-tag=/);
		app.send(`m2|sip||${dialog}\nACK sip:placeholder SIP/2.0\n\n`);
		const ack = await peer.receive(/^ACK sip:phone@/);
		assert.equal(
			header(ack, "CSeq").split(" ")[0],
			header(invite, "CSeq").split(" ")[0],
		);
		assert.deepEqual(headers(ack, "Route"), [
			`<sip:127.0.0.1:${peer.port};lr>`,
			"<sip:one.example.com;lr>",
		]);
		app.send(`m3|sip||${dialog}\nBYE sip:placeholder SIP/2.0\n\n`);
		const bye = await peer.receive(/^BYE/);
		assert.equal(
			Number.parseInt(header(bye, "CSeq"), 10),
			Number.parseInt(header(ack, "CSeq"), 10) + 1,
		);
		peer.answer(bye, "200 OK");
		await app.receive(/SIP\/2.0 200 OK[\s\S]*BYE/);
		assert.equal(edge.alive().dialogs, 0);
	});

	it("an INVITE can be cancelled", async () => {
		const app = await rawApp(edge);
		const peer = await edge.peer("udp");
		app.send(`m1|sip||\nINVITE sip:bob@127.0.0.1:${peer.port} SIP/2.0\n\nv=0`);
		const invite = await peer.receive(/^INVITE/);
		peer.answer(invite, "180 Ringing");
		const id = fields(await app.receive(/\|m1\|OK/))[10] ?? "";
		app.send(
			`m2|sip|${id}|\nCANCEL sip:bob@127.0.0.1 SIP/2.0\nReason: SIP;cause=200\n\n`,
		);
		const cancel = await peer.receive(/^CANCEL/);
		assert.equal(textOf(await app.receive(/\|m2\|OK\|application/)), cancel);
		peer.answer(cancel, "200 OK");
		peer.answer(invite, "487 Request Terminated");
		await app.receive(/SIP\/2.0 487/);
		app.send(`m3|sip|${id}|\nCANCEL sip:bob@127.0.0.1 SIP/2.0\n\n`);
		await app.receive(/\|m3\|NOK\|unable to cancel unknown transaction id: /);
	});
});
