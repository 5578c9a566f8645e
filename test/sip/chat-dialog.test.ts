/** A dialog, against a scripted drachtio dialog: one INFO at a time, an end that comes once, and a bound for slow clients. */
import { deepEqual, equal } from "node:assert/strict";
import { EventEmitter } from "node:events";
import { pino } from "pino";
import { createOutgoing } from "../../plugin/sessions/index.ts";
import { createChatDialog } from "../../plugin/sip/dialog.ts";
import type {
	DialogRequest,
	DrachtioDialog,
} from "../../plugin/sip/drachtio.ts";

type Callback = (error: unknown, reply?: { status: number }) => void;

class ScriptedDialog extends EventEmitter {
	readonly id = "call;from-tag=1";
	readonly sip = { callId: "call" };
	readonly asked: { request: DialogRequest; callback: Callback }[] = [];
	readonly connected = true;
	byes = 0;

	request(request: DialogRequest, callback: Callback): void {
		this.asked.push({ request, callback });
	}

	handle(): void {}

	destroy(): void {
		this.byes += 1;
	}
}

function setUp() {
	const drachtio = new ScriptedDialog();
	let ends = 0;
	const logged: string[] = [];
	const dialog = createChatDialog({
		dialog: drachtio as unknown as DrachtioDialog,
		outgoing: createOutgoing({ nextEnvid: () => "1" }),
		serviceUri: "sip:chat@example.com",
		sdp: "v=0",
		answersFirst: false,
		batches: false,
		sessionExpiresSeconds: 720,
		log: pino({}, { write: (line: string) => logged.push(line) }),
		onInfo: async () => ({ status: 200 }),
		onPublish: () => {},
		onEnd: () => {
			ends += 1;
		},
	});
	return {
		dialog,
		drachtio,
		ends: () => ends,
		logged,
		bodies: () => drachtio.asked.map(({ request }) => request.body),
		answer: (status: number) =>
			drachtio.asked.at(-1)?.callback(null, { status }),
	};
}

describe("a chat dialog", () => {
	it("sends one INFO at a time, in order, whatever a refused one says", () => {
		const { dialog, bodies, answer } = setUp();
		for (const body of ["1", "2", "3"]) dialog.send(body);
		deepEqual(bodies(), ["1"]);
		answer(200);
		deepEqual(bodies(), ["1", "2"]);
		answer(501);
		deepEqual(bodies(), ["1", "2", "3"]);
		answer(200);
		dialog.end("test");
	});

	for (const status of [404, 408, 410, 481, 487]) {
		it(`ends once when the client answers ${status}, and says nothing more`, () => {
			const { dialog, drachtio, ends, bodies, answer } = setUp();
			dialog.send("1");
			dialog.send("2");
			answer(status);
			drachtio.emit("destroy");
			dialog.end("again");
			dialog.lost();
			dialog.send("3");
			equal(ends(), 1);
			equal(drachtio.byes, 1);
			deepEqual(bodies(), ["1"]);
		});
	}

	it("ends when a request cannot be sent", () => {
		const { dialog, drachtio, ends } = setUp();
		dialog.send("1");
		drachtio.asked[0]?.callback(new Error("socket closed"));
		equal(ends(), 1);
	});

	it("ends when the client lets too much wait", () => {
		const { dialog, drachtio, ends, logged } = setUp();
		for (let i = 0; i < 2_100; i += 1) dialog.send(`${i}`);
		deepEqual(
			logged.map((line) => JSON.parse(line).reason),
			["client too slow"],
		);
		equal(ends(), 1);
		equal(drachtio.byes, 1);
		equal(drachtio.asked.length, 1);
	});

	it("says no BYE when the control connection is lost", () => {
		const { dialog, drachtio, ends } = setUp();
		dialog.lost();
		equal(ends(), 1);
		equal(drachtio.byes, 0);
	});

	it("asks a silent client whether it is there", () => {
		const { dialog, drachtio, ends, answer } = setUp();
		dialog.probe();
		equal(drachtio.asked[0]?.request.method, "OPTIONS");
		dialog.send("after");
		equal(drachtio.asked.length, 1);
		answer(200);
		equal(drachtio.asked.length, 2);
		answer(200);
		dialog.probe();
		answer(408);
		equal(ends(), 1);
	});
});
