import assert from "node:assert/strict";
import { until } from "../support/until.ts";
import {
	closeEdges,
	edgeOf,
	fields,
	type RawApp,
	rawApp,
	type TestEdge,
} from "./edges.ts";
import { Ua } from "./ua.ts";

const MIB = 1024 * 1024;
const body = `${"x".repeat(8000)}\r\n`.repeat(230);
const big = ["Content-Type: text/plain", body] as const;

describe("an application that reads slowly", () => {
	afterEach(closeEdges);

	/** A dialog; the application reads nothing any more. */
	async function paused(edge: TestEdge): Promise<{ app: RawApp; ua: Ua }> {
		const app = await rawApp(edge, "invite", "options", "info");
		const ua = new Ua(await edge.peer("tcp"));
		ua.send("INVITE");
		const id = fields(await app.receive(/\r\nINVITE /))[8];
		app.send(`m1|sip|${id}|\nSIP/2.0 200 OK\n\n`);
		await ua.answered("INVITE");
		ua.send("ACK");
		await app.receive(/\r\nACK /);
		app.pause();
		return { app, ua };
	}

	/** Sends large requests over connections of their own until one is answered. */
	async function refused(edge: TestEdge): Promise<string> {
		for (let n = 0; n < 40; n++) {
			const other = new Ua(await edge.peer("tcp"));
			other.send("OPTIONS", ...big);
			const answer = await other.answeredWithin("OPTIONS", 60);
			if (answer !== undefined) return answer;
		}
		assert.fail("never refused");
	}

	it("has its new requests refused, keeps its dialogs, and goes on where it stopped", async () => {
		const edge = await edgeOf({
			limits: { unreadBytes: 4 * MIB, unreadBytesInDialogs: 64 * MIB },
		});
		const { app, ua } = await paused(edge);
		const answer = await refused(edge);
		assert.match(answer, /^SIP\/2.0 503 [\s\S]*^Retry-After: 5\r$/m);
		assert(edge.logged(/reads too slowly/));
		ua.send("INFO", "Content-Type: text/plain", "still here");
		app.resume();
		await app.receive(/\r\nINFO [\s\S]*still here$/);
		assert.equal(edge.alive().dialogs, 1);
		const later = new Ua(await edge.peer("tcp"));
		later.send("OPTIONS");
		await app.receive(
			new RegExp(`OPTIONS [\\s\\S]*Call-ID: ${later.callId}\\r`),
		);
	});

	it("has requests in its dialogs refused when very much waits, and the dialog lasts", async () => {
		const edge = await edgeOf({
			limits: { unreadBytes: MIB, unreadBytesInDialogs: 4 * MIB },
		});
		const { app, ua } = await paused(edge);
		let answer: string | undefined;
		for (let n = 0; n < 40 && answer === undefined; n++) {
			ua.send("INFO", ...big);
			answer = await ua.answeredWithin("INFO", 60);
		}
		assert.match(answer ?? "", /^SIP\/2.0 503 /);
		assert.match(await ua.request("BYE"), /^SIP\/2.0 503 /);
		app.resume();
		for (let n = 0; n < 40 && answer !== undefined; n++) {
			ua.send("INFO", "Content-Type: text/plain", "still here");
			answer = await ua.answeredWithin("INFO", 100);
		}
		await app.receive(/\r\nINFO [\s\S]*still here$/);
	});

	it("is given up when it reads nothing at all for long", async () => {
		const edge = await edgeOf({
			limits: { unreadBytes: MIB },
			timers: { stuckMs: 300 },
		});
		await paused(edge);
		await refused(edge);
		await until(() => edge.alive().applications === 0, { what: "its end" });
		assert(edge.logged(/the application does not read/));
	});
});
