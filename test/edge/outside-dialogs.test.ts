import assert from "node:assert/strict";
import { header, headers } from "../sip-stack/wire.ts";
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

	it("of method PUBLISH reach an application that routed it, body and all", async () => {
		const ua = new Ua(await edge.peer("tcp"));
		assert.match(await ua.request("PUBLISH"), /^SIP\/2.0 503/);
		const app = await rawApp(edge, "publish");
		const type = "Content-Type: application/msrtc-category-publish+xml";
		ua.send("PUBLISH", type, "<publish/>");
		const { frame, id } = await taken(app, "PUBLISH");
		assert.match(textOf(frame), /\r\n\r\n<publish\/>$/);
		app.send(
			`m1|sip|${id}|\nSIP/2.0 200 OK\nContent-Type: application/vnd-microsoft-roaming-self+xml\n\n<roamingData/>`,
		);
		assert.match(await ua.answered("PUBLISH"), /<roamingData\/>$/);
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
});
