import assert from "node:assert/strict";
import { bodyOf, header, headers } from "../sip-stack/wire.ts";
import { until } from "../support/until.ts";
import {
	closeEdges,
	edgeOf,
	type SrfApp,
	type SrfDialog,
	srfApp,
	type TestEdge,
} from "./edges.ts";
import { Ua } from "./ua.ts";

describe("unmodified drachtio-srf", () => {
	let edge: TestEdge;
	let srf: SrfApp;

	beforeEach(async () => {
		edge = await edgeOf({ timers: { sessionSecondMs: 3 } });
		srf = await srfApp(edge);
	});
	afterEach(closeEdges);

	/** Accepts calls and keeps their dialogs. */
	function accepting(body = ""): SrfDialog[] {
		const dialogs: SrfDialog[] = [];
		srf.invite(async (req, res) => {
			dialogs.push(
				await srf.createUAS(req, res, {
					localSdp: body,
					headers: { "Content-Type": "application/x" },
				}),
			);
		});
		return dialogs;
	}

	async function called(
		dialogs: SrfDialog[],
	): Promise<{ ua: Ua; dialog: SrfDialog }> {
		const ua = new Ua(await edge.peer("tcp"));
		await ua.call();
		const dialog = await until(() => dialogs.at(-1), { what: "the dialog" });
		return { ua, dialog };
	}

	it("takes a call with any body and talks INFO both ways", async () => {
		const dialogs = accepting("floor=free");
		const ua = new Ua(await edge.peer("tcp"));
		const answer = await ua.call();
		assert.equal(bodyOf(answer), "floor=free");
		const dialog = await until(() => dialogs[0], { what: "the dialog" });
		const heard: string[] = [];
		dialog.on("info", (req, res) => {
			heard.push(req.body);
			res.send(200, { headers: { "X-Heard": "yes" } });
		});
		const info = await ua.request(
			"INFO",
			"Content-Type: text/plain",
			"héllo 🎉",
		);
		assert.equal(header(info, "X-Heard"), "yes");
		assert.deepEqual(heard, ["héllo 🎉"]);
		const answered = dialog.request({
			method: "INFO",
			headers: { "Content-Type": "text/plain; charset=UTF-8" },
			body: "wörld 🎉",
		});
		const request = await ua.peer.receive(/^INFO/);
		assert.equal(bodyOf(request), "wörld 🎉");
		ua.peer.answer(request, "200 OK");
		assert.equal((await answered).status, 200);
	});

	it("is told that a session expired by 'destroy'", async () => {
		const dialogs = accepting();
		const ua = new Ua(await edge.peer("tcp"));
		await ua.call("Session-Expires: 90;refresher=uac");
		const dialog = await until(() => dialogs[0], { what: "the dialog" });
		let destroyed = 0;
		dialog.on("destroy", () => {
			destroyed++;
		});
		await ua.peer.receive(/^BYE/);
		await until(() => destroyed === 1, { what: "destroy" });
	});

	it("is told of the client's BYE, and ends calls itself", async () => {
		const dialogs = accepting();
		const one = await called(dialogs);
		const destroyed = new Promise((resolve) =>
			one.dialog.on("destroy", resolve),
		);
		assert.match(await one.ua.request("BYE"), /^SIP\/2.0 200/);
		await destroyed;
		const two = await called(dialogs);
		const ended = two.dialog.destroy();
		two.ua.peer.answer(await two.ua.peer.receive(/^BYE/), "200 OK");
		await ended;
		await until(() => edge.alive().dialogs === 0, { what: "no dialog" });
	});

	it("is told the status of a request that fails, and that a dialog is gone", async () => {
		const dialogs = accepting();
		const { ua, dialog } = await called(dialogs);
		const refused = dialog.request({ method: "INFO" });
		ua.peer.answer(await ua.peer.receive(/^INFO/), "481 Gone");
		assert.equal((await refused).status, 481);
		const ended = dialog.destroy();
		ua.peer.answer(await ua.peer.receive(/^BYE/), "200 OK");
		await ended;
		await until(() => edge.alive().dialogs === 0, { what: "no dialog" });
		await assert.rejects(dialog.request({ method: "INFO" }), {
			code: "ENODIALOG",
		});
	});

	it("is told of a CANCEL", async () => {
		let cancelled = false;
		srf.invite((req) => {
			req.on("cancel", () => {
				cancelled = true;
			});
		});
		const ua = new Ua(await edge.peer("tcp"));
		ua.send("INVITE");
		await until(() => edge.alive().transactions === 1, { what: "the INVITE" });
		ua.send("CANCEL");
		await ua.peer.receive(/^SIP\/2.0 487/);
		await until(() => cancelled, { what: "cancel" });
	});

	it("registers, subscribes and notifies", async () => {
		srf.register((_req, res) => {
			res.send(200, {
				headers: { Expires: "60", Supported: "msrtc-event-categories" },
			});
		});
		let subscription: SrfDialog | undefined;
		srf.subscribe(async (req, res) => {
			subscription = await srf.createUAS(req, res, {
				localSdp: "",
				headers: { Expires: "60" },
			});
		});
		const ua = new Ua(await edge.peer("tcp"));
		const registered = await ua.request("REGISTER");
		assert.deepEqual(headers(registered, "Supported"), [
			"msrtc-event-categories",
		]);
		const subscriber = new Ua(ua.peer);
		await subscriber.request("SUBSCRIBE", "Event: presence\nExpires: 60");
		const dialog = await until(() => subscription, {
			what: "the subscription",
		});
		const notified = dialog.request({
			method: "NOTIFY",
			headers: {
				Event: "presence",
				"Subscription-State": "active",
				"Content-Type": "application/x",
			},
			body: "<x/>",
		});
		const notify = await ua.peer.receive(/^NOTIFY/);
		assert.equal(header(notify, "Event"), "presence");
		ua.peer.answer(notify, "200 OK");
		assert.equal((await notified).status, 200);
	});

	it("sends two challenges as two header lines when it is told how", async () => {
		srf.register((_req, res) => {
			res.send(407, {
				headers: {
					"Proxy-Authenticate": 'Digest realm="a", algorithm=SHA-256',
					"Proxy-Authenticate ": 'Digest realm="a", algorithm=MD5',
				},
			});
		});
		const ua = new Ua(await edge.peer("tcp"));
		assert.equal(
			headers(await ua.request("REGISTER"), "Proxy-Authenticate").length,
			2,
		);
	});

	it("calls out, and its calls are answered and ended", async () => {
		const peer = await edge.peer("udp");
		const calling = srf.createUAC(`sip:bob@127.0.0.1:${peer.port}`, {
			localSdp: "v=0",
		});
		const invite = await peer.receive(/^INVITE/);
		peer.send(
			`SIP/2.0 200 OK\r\n${invite
				.split("\r\n")
				.filter((line) => /^(Via|From|Call-ID|CSeq):/.test(line))
				.join(
					"\r\n",
				)}\r\nTo: ${header(invite, "To")};tag=b1\r\nContact: <sip:phone@127.0.0.1:${peer.port}>\r\nContent-Length: 0\r\n\r\n`,
		);
		const dialog = await calling;
		await peer.receive(/^ACK sip:phone@/);
		const ended = dialog.destroy();
		peer.answer(await peer.receive(/^BYE/), "200 OK");
		await ended;
	});

	it("answers a thousand requests in flight in their order", async () => {
		const dialogs = accepting();
		const { ua, dialog } = await called(dialogs);
		dialog.on("info", (_req, res) => {
			res.send(200);
		});
		for (let n = 0; n < 1000; n++) ua.send("INFO");
		const answers = () =>
			ua.peer.received.filter((text) => text.startsWith("SIP/2.0 200"));
		await until(() => answers().length === 1000, { what: "1000 answers" });
		const numbers = answers().map((text) =>
			Number.parseInt(header(text, "CSeq"), 10),
		);
		assert.deepEqual(
			numbers,
			Array.from({ length: 1000 }, (_, n) => n + 2),
		);
		// What comes last has everything before it: drachtio-srf throws when it is disconnected in the middle of a frame.
		const last = dialog.request({ method: "INFO" });
		ua.peer.answer(await ua.peer.receive(/^INFO/), "200 OK");
		await last;
	});
});
