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
import { Ua } from "./ua.ts";

/** Ninety seconds of Session-Expires are 90 times this. */
const SECOND_MS = 3;

describe("session timers", () => {
	let edge: TestEdge;
	let app: RawApp;

	beforeEach(async () => {
		edge = await edgeOf({ timers: { sessionSecondMs: SECOND_MS } });
		app = await rawApp(edge, "invite");
	});
	afterEach(closeEdges);

	async function respond(
		method: string,
		more = "",
		body = "",
	): Promise<string> {
		const id = fields(
			await app.receive(
				new RegExp(`^[^|]+\\|sip\\|network\\|.*\\r\\n${method} `),
			),
		)[8];
		app.send(`${method}!|sip|${id}|\nSIP/2.0 200 OK\n${more}\n\n${body}`);
		return fields(await app.receive(new RegExp(`\\|${method}!\\|`)))[11] ?? "";
	}

	async function called(offer: string, answer = "", body = "") {
		const ua = new Ua(await edge.peer("tcp"));
		const calling = ua.call(offer);
		const id = await respond("INVITE", answer, body);
		return { ua, id, answer: await calling };
	}

	/** The application and the client learn that the edge ended the session. */
	async function expired(ua: Ua, id: string): Promise<void> {
		const bye = await ua.peer.receive(/^BYE/);
		assert.equal(
			header(bye, "Reason"),
			'SIP;cause=200;text="Session timer expired"',
		);
		const told = await app.receive(/\|sip\|application\|/);
		assert.deepEqual(fields(told).slice(8), ["unsolicited", id, ""]);
		assert.equal(textOf(told), bye);
	}

	it("an offer with a refresher is granted, raised to 90 seconds, and ends the session when nobody refreshes", async () => {
		const { ua, id, answer } = await called(
			"Session-Expires: 30;refresher=uac",
		);
		assert.equal(header(answer, "Session-Expires"), "90;refresher=uac");
		assert.equal(header(answer, "Require"), "");
		await expired(ua, id);
	});

	it("an offer without a refresher is not taken up", async () => {
		const { answer } = await called("Session-Expires: 1800");
		assert.equal(header(answer, "Session-Expires"), "");
	});

	it("the application's own Session-Expires counts even for a client that knows no timers", async () => {
		const { ua, id, answer } = await called(
			"",
			"Session-Expires: 90;refresher=uac",
		);
		assert.equal(header(answer, "Session-Expires"), "90;refresher=uac");
		await expired(ua, id);
	});

	it("an UPDATE with Session-Expires starts it over", async () => {
		const { ua, id } = await called("", "Session-Expires: 90;refresher=uac");
		const started = performance.now();
		for (let i = 0; i < 3; i++) {
			await until(
				() => performance.now() - started > (i + 1) * 50 * SECOND_MS,
				{ what: "more than half" },
			);
			ua.send("UPDATE", "Session-Expires: 90;refresher=uac");
			await respond("UPDATE");
			assert.equal(header(await ua.answered("UPDATE"), "Session-Expires"), "");
		}
		await expired(ua, id);
		assert(performance.now() - started > 90 * SECOND_MS);
	});

	it("an UPDATE without Session-Expires ends the timer, as with drachtio-server", async () => {
		const { ua } = await called("", "Session-Expires: 90;refresher=uac");
		ua.send("UPDATE");
		await respond("UPDATE");
		await ua.answered("UPDATE");
		const updated = performance.now();
		await until(() => performance.now() - updated > 120 * SECOND_MS, {
			what: "more than 90 seconds",
		});
		assert.deepEqual(ua.peer.received, []);
		assert.equal(edge.alive().dialogs, 1);
	});

	it("a refresh of less than 90 seconds is refused with 422, and the application does not see it", async () => {
		const { ua } = await called("");
		const refused = await ua.request(
			"UPDATE",
			"Session-Expires: 89;refresher=uac",
		);
		assert.match(refused, /^SIP\/2.0 422 Session Interval Too Small/);
		assert.equal(header(refused, "Min-SE"), "90");
		assert.equal(
			app.frames.some((frame) => frame.includes("UPDATE")),
			false,
		);
	});

	it("when we are to refresh, a re-INVITE with the last body goes out by itself", async () => {
		const { ua } = await called(
			"Session-Expires: 90;refresher=uas",
			"Content-Type: application/x",
			"state",
		);
		const invite = await ua.peer.receive(/^INVITE/);
		assert.match(invite, /\r\n\r\nstate$/);
		assert.equal(header(invite, "Session-Expires"), "90;refresher=uac");
		assert.equal(header(invite, "Min-SE"), "90");
		assert.equal(header(invite, "Content-Type"), "application/x");
		ua.peer.answer(invite, "200 OK", "Session-Expires: 90;refresher=uac\r\n");
		assert.equal(
			header(await ua.peer.receive(/^ACK/), "CSeq"),
			header(invite, "CSeq").replace("INVITE", "ACK"),
		);
		await ua.peer.receive(/^INVITE/);
	});

	it("a refresh of ours that is refused ends the session", async () => {
		const { ua, id } = await called("Session-Expires: 90;refresher=uas");
		ua.peer.answer(await ua.peer.receive(/^INVITE/), "481 Gone");
		await ua.peer.receive(/^ACK/);
		await expired(ua, id);
	});
});
