import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { WebSocketServer } from "ws";
import {
	type DialogEnd,
	type NodeAgentOptions,
	nodeAgent,
	type SipAgent,
	SipRefused,
	SipUnreachable,
} from "../../client/index.ts";
import { until } from "../support/until.ts";
import {
	hasHeader,
	headerOf,
	Peer,
	type PeerConnection,
	PeerDialog,
} from "./scripted-peer.ts";

const challenge =
	'Digest realm="contoso.com", nonce="n1", algorithm=SHA-256, qop="auth"';

describe("The SIP agent for Node", () => {
	let peer: Peer;
	let agent: SipAgent;
	let connection: PeerConnection;
	let lost: SipUnreachable[];

	async function open(more: Partial<NodeAgentOptions> = {}): Promise<void> {
		lost = [];
		const openAgent = nodeAgent({
			server: `sip:127.0.0.1:${peer.port};transport=tcp`,
			user: "sip:alice@contoso.com",
			password: "secret",
			...more,
		});
		agent = await openAgent({ onLost: (error) => lost.push(error) });
		connection = await peer.connection();
	}

	/** An established dialog: the agent's side, the peer's side, and what the agent heard. */
	async function call(lines: readonly string[] = []) {
		const bodies: string[] = [];
		const ends: DialogEnd[] = [];
		const inviting = agent.invite("sip:chat@contoso.com", {
			onInfo: (body) => bodies.push(body),
			onEnd: (end) => ends.push(end),
		});
		const service = await PeerDialog.accept(connection, lines);
		return { dialog: await inviting, service, bodies, ends };
	}

	/** Closes an agent whose dialogs and registration are over. */
	async function closes(): Promise<void> {
		await agent.close();
		assert.equal(connection.unread, 0);
	}

	beforeEach(async () => {
		peer = await Peer.listen();
	});

	afterEach(() => peer.close());

	it("registers with digest, refreshes at half time with a counted nonce, and takes it back", async () => {
		await open();
		const registering = agent.register();
		const first = await connection.receive("REGISTER");
		assert.equal(first.start, "REGISTER sip:contoso.com SIP/2.0");
		assert.match(headerOf(first, "Via"), /;branch=z9hG4bK/);
		connection.answer(first, "407 Proxy Authentication Required", [
			`Proxy-Authenticate: ${challenge}`,
		]);
		const second = await connection.receive("REGISTER");
		assert.match(
			headerOf(second, "Proxy-Authorization"),
			/^Digest username="alice", realm="contoso.com", nonce="n1", uri="sip:contoso.com", response="[0-9a-f]{64}", algorithm=SHA-256, qop=auth, nc=00000001, cnonce=/,
		);
		assert.equal(headerOf(second, "Call-ID"), headerOf(first, "Call-ID"));
		assert.equal(headerOf(second, "CSeq"), "2 REGISTER");
		const contact = headerOf(second, "Contact");
		connection.answer(second, "200 OK", [`Contact: ${contact};expires=1`]);
		await registering;
		const refresh = await connection.receive("REGISTER");
		assert.match(headerOf(refresh, "Proxy-Authorization"), /nc=00000002/);
		assert.equal(headerOf(refresh, "CSeq"), "3 REGISTER");
		connection.answer(refresh, "200 OK", ["Expires: 3600"]);
		const closing = agent.close();
		const last = await connection.receive("REGISTER");
		assert.equal(headerOf(last, "Expires"), "0");
		connection.answer(last, "200 OK");
		await closing;
	});

	it("answers a 401 in Authorization", async () => {
		await open();
		const registering = agent.register();
		connection.answer(
			await connection.receive("REGISTER"),
			"401 Unauthorized",
			[`WWW-Authenticate: ${challenge}`],
		);
		const second = await connection.receive("REGISTER");
		assert.ok(hasHeader(second, "Authorization"));
		connection.answer(second, "403 Forbidden");
		await assert.rejects(registering, { name: "SipRefused", status: 403 });
		await closes();
	});

	it("gives up on a wrong password, and tries once more with a stale nonce", async () => {
		await open();
		const registering = agent.register();
		registering.catch(() => undefined);
		const refuse = async (words: string) =>
			connection.answer(
				await connection.receive("REGISTER"),
				"401 Unauthorized",
				[`WWW-Authenticate: ${words}`],
			);
		await refuse(challenge);
		await refuse(`${challenge.replace("n1", "n2")}, stale=true`);
		await refuse(challenge.replace("n1", "n3"));
		await assert.rejects(registering, { name: "SipRefused", status: 401 });
		await closes();
	});

	it("asks for a longer interval when the first is too brief", async () => {
		await open({ registerSeconds: 10 });
		const registering = agent.register();
		connection.answer(
			await connection.receive("REGISTER"),
			"423 Interval Too Brief",
			["Min-Expires: 600"],
		);
		const second = await connection.receive("REGISTER");
		assert.equal(headerOf(second, "Expires"), "600");
		connection.answer(second, "403 Forbidden");
		await assert.rejects(registering, SipRefused);
		await closes();
	});

	it("takes the provisioning document from a NOTIFY", async () => {
		await open();
		const asking = agent.subscribeOnce({
			event: "vnd-microsoft-provisioning-v2",
			accept: "application/xml",
			contentType: "application/xml",
			body: "<q/>",
			deadlineMs: 5000,
		});
		const subscribe = await connection.receive("SUBSCRIBE");
		assert.equal(subscribe.start, "SUBSCRIBE sip:alice@contoso.com SIP/2.0");
		assert.equal(headerOf(subscribe, "Expires"), "0");
		connection.answer(subscribe, "200 OK", ["Expires: 0"]);
		connection.write(
			[
				"NOTIFY sip:alice@127.0.0.1 SIP/2.0",
				"Via: SIP/2.0/TCP 127.0.0.1:5999;branch=z9hG4bKn1",
				`From: ${headerOf(subscribe, "To")};tag=peer`,
				`To: ${headerOf(subscribe, "From")}`,
				`Call-ID: ${headerOf(subscribe, "Call-ID")}`,
				"CSeq: 1 NOTIFY",
				"Event: vnd-microsoft-provisioning-v2",
				"Subscription-State: terminated",
				"Content-Length: 4",
				"",
				"<a/>",
			].join("\r\n"),
		);
		assert.equal(await asking, "<a/>");
		assert.match((await connection.response()).start, /^SIP\/2.0 200/);
		await closes();
	});

	it("calls with the message medium, follows Contact and Record-Route, and ends with BYE", async () => {
		await open();
		const inviting = agent.invite("sip:chat@contoso.com", {
			onInfo: () => undefined,
			onEnd: () => undefined,
		});
		const invite = await connection.receive("INVITE");
		assert.match(invite.body, /\r\nm=message 5060 sip null\r\n/);
		connection.answer(invite, "100 Trying");
		connection.answer(invite, "200 OK", [
			"Record-Route: <sip:p2.contoso.com;lr>, <sip:p1.contoso.com;lr>",
			"Contact: <sip:node7@192.0.2.7:5070;transport=tcp>",
		]);
		const ack = await connection.receive("ACK");
		assert.equal(
			ack.start,
			"ACK sip:node7@192.0.2.7:5070;transport=tcp SIP/2.0",
		);
		assert.deepEqual(
			[...ack.head.matchAll(/^Route: (.*)$/gm)].map(([, route]) => route),
			["<sip:p1.contoso.com;lr>", "<sip:p2.contoso.com;lr>"],
		);
		assert.equal(headerOf(ack, "CSeq"), "1 ACK");
		const dialog = await inviting;
		const ending = dialog.bye();
		const bye = await connection.receive("BYE");
		assert.equal(
			bye.start,
			"BYE sip:node7@192.0.2.7:5070;transport=tcp SIP/2.0",
		);
		assert.equal(headerOf(bye, "CSeq"), "2 BYE");
		connection.answer(bye, "200 OK");
		await ending;
		await closes();
	});

	it("acknowledges a repeated 200 again", async () => {
		await open();
		const inviting = agent.invite("sip:chat@contoso.com", {
			onInfo: () => undefined,
			onEnd: () => undefined,
		});
		const invite = await connection.receive("INVITE");
		const accept = () =>
			connection.answer(invite, "200 OK", ["Contact: <sip:a@127.0.0.1>"]);
		accept();
		const ack = await connection.receive("ACK");
		const dialog = await inviting;
		accept();
		const again = await connection.receive("ACK");
		assert.equal(again.head, ack.head);
		const ending = dialog.bye();
		connection.answer(await connection.receive("BYE"), "200 OK");
		await ending;
		await closes();
	});

	it("answers the challenge of an INVITE in a new transaction of the same call", async () => {
		await open();
		const inviting = agent.invite("sip:chat@contoso.com", {
			onInfo: () => undefined,
			onEnd: () => undefined,
		});
		const first = await connection.receive("INVITE");
		connection.answer(first, "407 Proxy Authentication Required", [
			`Proxy-Authenticate: ${challenge}`,
		]);
		await connection.receive("ACK");
		const second = await connection.receive("INVITE");
		assert.equal(headerOf(second, "Call-ID"), headerOf(first, "Call-ID"));
		assert.equal(headerOf(second, "CSeq"), "2 INVITE");
		assert.notEqual(headerOf(second, "Via"), headerOf(first, "Via"));
		assert.ok(hasHeader(second, "Proxy-Authorization"));
		inviting.catch(() => undefined);
		connection.answer(second, "486 Busy Here");
		await connection.receive("ACK");
		await assert.rejects(inviting, { name: "SipRefused", status: 486 });
		await closes();
	});

	it("answers each INFO 200 once, in order, and tells its body once", async () => {
		await open();
		const { service, bodies, dialog } = await call();
		service.write("INFO", "one");
		service.write("INFO", "zwei ☃");
		service.write("INFO", "three");
		const cseqs: string[] = [];
		for (let count = 0; count < 3; count++) {
			const response = await connection.response();
			assert.equal(response.start, "SIP/2.0 200 OK");
			cseqs.push(headerOf(response, "CSeq"));
		}
		assert.deepEqual(cseqs, ["1 INFO", "2 INFO", "3 INFO"]);
		assert.deepEqual(bodies, ["one", "zwei ☃", "three"]);
		const ending = dialog.bye();
		connection.answer(await connection.receive("BYE"), "200 OK");
		await ending;
		await closes();
	});

	it("hears an INFO that comes in one segment with the 200", async () => {
		await open();
		const bodies: string[] = [];
		const inviting = agent.invite("sip:chat@contoso.com", {
			onInfo: (body) => bodies.push(body),
			onEnd: () => undefined,
		});
		const invite = await connection.receive("INVITE");
		connection.answer(invite, "200 OK", ["Contact: <sip:a@127.0.0.1>"]);
		new PeerDialog(invite).write("INFO", "early");
		await connection.receive("ACK");
		await inviting;
		assert.match((await connection.response()).start, /200/);
		assert.deepEqual(bodies, ["early"]);
		connection.cut();
		await until(() => lost.length > 0, { what: "the loss" });
		await agent.close();
	});

	it("answers OPTIONS, UPDATE and re-INVITE, and refuses what it does not know", async () => {
		await open();
		const { service, dialog, ends } = await call();
		assert.equal(await service.request("OPTIONS"), "SIP/2.0 200 OK");
		assert.equal(await service.request("UPDATE"), "SIP/2.0 200 OK");
		assert.equal(await service.request("INVITE"), "SIP/2.0 200 OK");
		assert.equal(await service.request("FROB"), "SIP/2.0 501 Not Implemented");
		assert.match(await service.request("BYE"), /200/);
		assert.deepEqual(ends, [{ cause: "bye", detail: "BYE" }]);
		assert.match(await service.request("INFO"), /^SIP\/2.0 481/);
		assert.equal((await dialog.sendInfo("x")).status, 481);
		await closes();
	});

	it("tells the end of a dialog that the peer does not know any more", async () => {
		await open();
		const { dialog, ends } = await call();
		const sending = dialog.sendInfo("x");
		connection.answer(
			await connection.receive("INFO"),
			"481 Call/Transaction Does Not Exist",
		);
		assert.equal((await sending).status, 481);
		assert.deepEqual(ends, [{ cause: "gone", detail: "481 to INFO" }]);
		await closes();
	});

	it("gives status, reason and Retry-After of an answer", async () => {
		await open();
		const { dialog } = await call();
		const sending = dialog.sendInfo("<xccos/>");
		const info = await connection.receive("INFO");
		assert.equal(headerOf(info, "Content-Type"), "text/plain");
		assert.equal(info.body, "<xccos/>");
		connection.answer(info, "503 Service Unavailable", [
			"Retry-After: 7 (busy)",
		]);
		assert.deepEqual(await sending, {
			status: 503,
			reason: "Service Unavailable",
			retryAfterSeconds: 7,
		});
		const closing = agent.close();
		connection.answer(await connection.receive("BYE"), "200 OK");
		await closing;
	});

	it("refreshes the session by UPDATE at half time when it is the refresher", async () => {
		await open();
		await call(["Session-Expires: 1;refresher=uac"]);
		const update = await connection.receive("UPDATE");
		assert.equal(headerOf(update, "Session-Expires"), "1;refresher=uac");
		connection.answer(update, "200 OK");
		connection.answer(await connection.receive("UPDATE"), "200 OK");
		const closing = agent.close();
		connection.answer(await connection.receive("BYE"), "200 OK");
		await closing;
	});

	it("pings the server, and a server that says nothing is lost", async () => {
		await open({ keepAlive: { everyMs: 30, pongMs: 60 } });
		const { ends } = await call();
		await until(() => connection.pings >= 2, { what: "two pings" });
		assert.equal(lost.length, 0);
		connection.pong = false;
		await until(() => lost.length > 0, { what: "the loss" });
		assert.match(lost[0]?.message ?? "", /no sign of life/);
		assert.equal(ends[0]?.cause, "lost");
		await agent.close();
	});

	it("tells the loss of its connection once, and what waits rejects", async () => {
		await open();
		const { dialog, ends } = await call();
		const sending = dialog.sendInfo("x");
		sending.catch(() => undefined);
		await connection.receive("INFO");
		connection.cut();
		await assert.rejects(sending, SipUnreachable);
		await until(() => lost.length > 0, { what: "the loss" });
		assert.equal(lost.length, 1);
		assert.equal(ends.length, 1);
		await agent.close();
	});

	it("says where nobody answers", async () => {
		const { port } = peer;
		await peer.close();
		await assert.rejects(
			open({ server: `sip:127.0.0.1:${port};transport=tcp` }),
			(error) =>
				error instanceof SipUnreachable &&
				error.message.includes(`sip:127.0.0.1:${port};transport=tcp`),
		);
		peer = await Peer.listen();
	});

	it("says which server addresses it understands", () => {
		const user = "sip:alice@contoso.com";
		assert.throws(
			() => nodeAgent({ server: "localhost", user }),
			/sip:host:port/,
		);
		assert.throws(
			() => nodeAgent({ server: "sip:h;transport=sctp", user }),
			TypeError,
		);
		assert.throws(
			() => nodeAgent({ server: "sip:127.0.0.1", user: "alice" }),
			/sip:name@domain/,
		);
	});

	it("speaks the subprotocol sip over WebSocket, from an address nobody looks up", async () => {
		const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
		await once(server, "listening");
		const address = server.address();
		const port = typeof address === "object" ? address?.port : 0;
		const openAgent = nodeAgent({
			server: `ws://127.0.0.1:${port}/sip`,
			user: "sip:alice@contoso.com",
		});
		const connected = once(server, "connection");
		const opening = openAgent({ onLost: () => undefined });
		const [socket, upgrade] = await connected;
		assert.equal(upgrade.url, "/sip");
		assert.equal(upgrade.headers["sec-websocket-protocol"], "sip");
		const ws = await opening;
		const registering = ws.register();
		const [bytes] = await once(socket, "message");
		const register: string = bytes.toString();
		assert.match(register, /^Via: SIP\/2.0\/WS /m);
		assert.match(register, /Contact: <sip:[^@]+@client\.invalid;transport=ws>/);
		const copied = register
			.split("\r\n")
			.filter((line) => /^(Via|From|To|Call-ID|CSeq):/.test(line));
		socket.send(
			["SIP/2.0 403 Forbidden", ...copied, "Content-Length: 0", "", ""].join(
				"\r\n",
			),
		);
		await assert.rejects(registering, { status: 403 });
		await ws.close();
		server.close();
		await once(server, "close");
	});

	it("repeats a request over UDP until it is answered, from an address that can be answered", async () => {
		const socket = createSocket("udp4");
		socket.bind(0, "127.0.0.1");
		await once(socket, "listening");
		const datagrams: string[] = [];
		socket.on("message", (bytes, from) => {
			const text = bytes.toString();
			datagrams.push(text);
			if (datagrams.length < 2) return;
			const copied = text
				.split("\r\n")
				.filter((line) => /^(Via|From|To|Call-ID|CSeq):/.test(line))
				.map((line) => (line.startsWith("To:") ? `${line};tag=p` : line));
			socket.send(
				[
					"SIP/2.0 200 OK",
					...copied,
					"Expires: 60",
					"Content-Length: 0",
					"",
					"",
				].join("\r\n"),
				from.port,
				from.address,
			);
		});
		const { port } = socket.address();
		const openAgent = nodeAgent({
			server: `sip:127.0.0.1:${port};transport=udp`,
			user: "sip:alice@contoso.com",
			timers: { t1: 20 },
		});
		const udp = await openAgent({ onLost: () => undefined });
		await udp.register();
		assert.equal(datagrams[0], datagrams[1]);
		assert.match(datagrams[0] ?? "", /^Via: .*;rport/m);
		assert.match(
			datagrams[0] ?? "",
			/Contact: <sip:[^@]+@127\.0\.0\.1:\d+;transport=udp>/,
		);
		await udp.close();
		socket.close();
		await once(socket, "close");
	});
});
