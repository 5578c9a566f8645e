import assert from "node:assert/strict";
import { header, headers, sip } from "../sip-stack/wire.ts";
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

describe("requests outside dialogs", () => {
	let edge: TestEdge;

	beforeEach(async () => {
		edge = await edgeOf();
	});
	afterEach(closeEdges);

	async function taken(app: RawApp, method: string) {
		const frame = await app.receive(new RegExp(`\\r\\n${method} `));
		return { frame, id: fields(frame)[8] ?? "" };
	}

	it("reach the application with where they came from and went to", async () => {
		const app = await rawApp(edge, "options");
		const ua = new Ua(await edge.peer("tcp"));
		const text = ua.text("OPTIONS");
		ua.peer.send(text);
		const { frame } = await taken(app, "OPTIONS");
		const [
			id,
			kind,
			source,
			bytes,
			proto,
			host,
			port,
			time,
			txn,
			dialog,
			onHost,
			onPort,
			end,
		] = fields(frame);
		assert.match(id ?? "", /^[0-9a-f-]{36}$/);
		assert.deepEqual([kind, source, proto], ["sip", "network", "tcp"]);
		assert.equal(bytes, `${Buffer.byteLength(textOf(frame))}`);
		assert.deepEqual([host, port], ["127.0.0.1", `${ua.peer.port}`]);
		assert.match(time ?? "", /^\d\d:\d\d:\d\d\.\d{6}$/);
		assert.match(txn ?? "", /^[0-9a-f-]{36}$/);
		assert.deepEqual(
			[dialog, onHost, onPort, end],
			["", "127.0.0.1", `${edge.port("tcp")}`, ""],
		);
		assert.equal(textOf(frame), text);
	});

	it("are answered as the application says, with a tag, and it is told what was sent", async () => {
		const app = await rawApp(edge, "options");
		const ua = new Ua(await edge.peer("tcp"));
		ua.send("OPTIONS");
		const { id } = await taken(app, "OPTIONS");
		app.send(
			`m1|sip|${id}|\nSIP/2.0 200 Fine\ncontent-type: text/plain\nx-lower: 1\nfoo-bar: 2\nfoo-bar: 3\nSupported: a,b\nsupported: c\nVia: SIP/2.0/TCP lie\n\nhéllo`,
		);
		const answer = await ua.answered("OPTIONS");
		assert.match(answer, /^SIP\/2.0 200 Fine\r\n/);
		assert.match(header(answer, "To"), /^<sip:bob@example.com>;tag=\w+$/);
		assert.equal(header(answer, "Via"), ua.peer.via(`z9hG4bK${ua.callId}.1`));
		assert.deepEqual(headers(answer, "Foo-Bar"), ["2", "3"]);
		assert.deepEqual(headers(answer, "Supported"), ["a, b, c"]);
		assert.match(answer, /^x-lower: 1\r$/m);
		assert.match(
			answer,
			/Content-Type: text\/plain\r\n[\s\S]*Content-Length: 6\r\n\r\nhéllo$/,
		);
		const echo = await app.receive(/\|m1\|/);
		const facts = fields(echo);
		assert.deepEqual(facts.slice(1, 5), [
			"response",
			"m1",
			"OK",
			"application",
		]);
		assert.deepEqual(facts.slice(6, 9), ["", "127.0.0.1", `${ua.peer.port}`]);
		assert.deepEqual(facts.slice(10), [id, "", "", "Msg sent:", ""]);
		assert.equal(textOf(echo), answer);
	});

	it("keep two equal headers apart unless they are lists of tokens", async () => {
		const app = await rawApp(edge, "register");
		const ua = new Ua(await edge.peer("tcp"));
		ua.send("REGISTER");
		const { id } = await taken(app, "REGISTER");
		app.send(
			`m1|sip|${id}|\nSIP/2.0 407 Proxy Authentication Required\nProxy-Authenticate: Digest realm="a", algorithm=SHA-256\nProxy-Authenticate : Digest realm="a", algorithm=MD5\n\n`,
		);
		assert.deepEqual(
			headers(await ua.answered("REGISTER"), "Proxy-Authenticate"),
			[
				'Digest realm="a", algorithm=SHA-256',
				'Digest realm="a", algorithm=MD5',
			],
		);
	});

	it("without an application that routed their method are answered 503", async () => {
		await rawApp(edge, "invite");
		const ua = new Ua(await edge.peer("tcp"));
		assert.match(await ua.request("MESSAGE"), /^SIP\/2.0 503/);
	});

	for (const method of ["BYE", "UPDATE"])
		it(`of method ${method} are answered 481`, async () => {
			await rawApp(edge, method.toLowerCase());
			const ua = new Ua(await edge.peer("tcp"));
			assert.match(await ua.request(method), /^SIP\/2.0 481/);
		});

	it("of methods that drachtio-server does not know are dropped without a word", async () => {
		const app = await rawApp(edge, "service", "refer", "options");
		const ua = new Ua(await edge.peer("tcp"));
		ua.send("SERVICE");
		ua.send("REFER");
		ua.send("OPTIONS");
		const { id } = await taken(app, "OPTIONS");
		app.send(`m1|sip|${id}|\nSIP/2.0 200 OK\n\n`);
		await ua.answered("OPTIONS");
		assert.deepEqual(ua.peer.received, []);
		await app.receive(/\|m1\|OK/);
		assert.deepEqual(app.frames, []);
	});

	it("with a To tag of no dialog are answered 481 when no application wants them", async () => {
		await rawApp(edge, "invite");
		const ua = new Ua(await edge.peer("tcp"));
		ua.toTag = "gone";
		assert.match(await ua.request("INFO"), /^SIP\/2.0 481/);
		assert.match(await ua.request("INVITE"), /^SIP\/2.0 481/);
	});

	it("with a To tag of no dialog reach an application that routed their method, as with drachtio-server", async () => {
		const app = await rawApp(edge, "info");
		const ua = new Ua(await edge.peer("tcp"));
		ua.toTag = "gone";
		ua.send("INFO");
		const { frame, id } = await taken(app, "INFO");
		assert.equal(fields(frame)[9], "");
		app.send(`m1|sip|${id}|\nSIP/2.0 481 Gone\n\n`);
		assert.match(header(await ua.answered("INFO"), "To"), /;tag=gone$/);
	});

	it("that the application never answers are forgotten", async () => {
		const hasty = await edgeOf({ timers: { applicationMs: 10 } });
		const app = await rawApp(hasty, "options");
		const ua = new Ua(await hasty.peer("tcp"));
		ua.send("OPTIONS");
		const { id } = await taken(app, "OPTIONS");
		await new Promise<void>((resolve) => {
			const check = () =>
				hasty.logged(/was not answered/) ? resolve() : setImmediate(check);
			check();
		});
		app.send(`m1|sip|${id}|\nSIP/2.0 200 OK\n\n`);
		await app.receive(
			/\|m1\|NOK\|Response not sent due to unknown transaction$/,
		);
	});

	it("an answer to a request that nobody sent is refused", async () => {
		const app = await rawApp(edge);
		app.send("m1|sip|nobody|\nSIP/2.0 200 OK\n\n");
		await app.receive(
			/\|m1\|NOK\|Response not sent due to unknown transaction$/,
		);
	});

	it("an answer with a body of 11,900 bytes goes out whole", async () => {
		const app = await rawApp(edge, "options");
		const ua = new Ua(await edge.peer("tcp"));
		ua.send("OPTIONS");
		const { id } = await taken(app, "OPTIONS");
		app.send(`m1|sip|${id}|\nSIP/2.0 200 OK\n\n${"x".repeat(11_900)}`);
		await app.receive(/\|m1\|OK/);
		assert.equal(
			header(await ua.answered("OPTIONS"), "Content-Length"),
			"11900",
		);
	});

	it("an answer with more headers than drachtio-server sends whole is refused, not cut", async () => {
		const app = await rawApp(edge, "options");
		const ua = new Ua(await edge.peer("tcp"));
		ua.send("OPTIONS");
		const { id } = await taken(app, "OPTIONS");
		app.send(`m1|sip|${id}|\nSIP/2.0 200 OK\nX-A: ${"x".repeat(8400)}\n\n`);
		await app.receive(/\|m1\|NOK\|the headers are longer than 8400 bytes$/);
		app.send(`m2|sip|${id}|\nSIP/2.0 200 ${"x".repeat(512)}\n\n`);
		await app.receive(/\|m2\|NOK\|the start line is longer than 512 bytes$/);
		app.send(`m3|sip|${id}|\nSIP/2.0 200 OK\n\n`);
		await ua.answered("OPTIONS");
	});

	describe("from the application", () => {
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
			app.send(
				`m1|sip||\nINVITE sip:bob@127.0.0.1:${peer.port} SIP/2.0\n\nv=0`,
			);
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
			app.send(
				`m1|sip||\nINVITE sip:bob@127.0.0.1:${peer.port} SIP/2.0\n\nv=0`,
			);
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
});
