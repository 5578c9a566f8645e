/** The guard of the control connection, against a scripted SIP server: what leaves at once, what waits, what never leaves. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { createServer, connect as dial, type Socket } from "node:net";
import { pino } from "pino";
import {
	guardControlConnection,
	maxFrameBytes,
	sharedFrameBytes,
} from "../../plugin/sip/control-connection.ts";
import type { WireProtocol } from "../../plugin/sip/drachtio.ts";
import { until } from "../support/until.ts";

async function setUp() {
	const received: string[] = [];
	let rest = "";
	let peer: Socket | undefined;
	const server = createServer((socket) => {
		peer = socket;
		socket.on("data", (bytes) => {
			rest += bytes.toString("latin1");
			for (;;) {
				const [head = ""] = rest.split("#", 1);
				const length = Number(head);
				if (rest.length < head.length + 1 + length || rest === "") return;
				received.push(rest.slice(head.length + 1, head.length + 1 + length));
				rest = rest.slice(head.length + 1 + length);
			}
		});
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const address = server.address();
	if (address === null || typeof address === "string") throw new Error();
	const socket = dial(address.port, "127.0.0.1");
	await once(socket, "connect");
	const wire = new EventEmitter() as unknown as WireProtocol & EventEmitter;
	socket.on("close", () => wire.emit("close", socket));
	const read: string[] = [];
	const lost: Socket[] = [];
	const logged: string[] = [];
	guardControlConnection(
		wire,
		[socket],
		pino({}, { write: (line: string) => logged.push(line) }),
		(gone) => lost.push(gone),
	);
	const nok: string[] = [];
	wire.on("msg", (_: Socket, text: string) => {
		if (text.includes("|NOK|")) nok.push(text);
		else read.push(text);
	});
	return {
		received,
		lost,
		nok,
		logged,
		socket,
		send: (text: string) => wire.send(socket, text),
		answer: (id: string) =>
			wire.emit("msg", socket, `uuid|response|${id}|OK|application`),
		came: (count: number) =>
			until(() => received.length >= count, { what: `frame ${count}` }),
		drop: () => peer?.destroy(),
		read,
		say: (text: string) => peer?.write(text),
		connect(delays: boolean[]) {
			const fresh = Object.assign(new EventEmitter(), {
				setNoDelay: (on: boolean) => delays.push(on),
			});
			wire.emit("connect", fresh);
		},
		async close() {
			socket.destroy();
			server.close();
			await once(server, "close");
		},
	};
}

describe("the control connection", () => {
	let line: Awaited<ReturnType<typeof setUp>>;
	beforeEach(async () => {
		line = await setUp();
	});
	afterEach(() => line.close());

	const small = (name: string) => `sip|${name}`;
	const large = (name: string) => `sip|${name}|${"x".repeat(sharedFrameBytes)}`;
	const names = () => line.received.map((frame) => frame.split("|")[2]);

	it("carries small frames one behind the other", async () => {
		for (let i = 0; i < 50; i += 1) line.send(small(`${i}`));
		await line.came(50);
		deepEqual(
			names(),
			Array.from({ length: 50 }, (_, i) => `${i}`),
		);
	});

	it("holds a large frame until all before it are answered, and everything behind it until it is", async () => {
		const a = line.send(small("a"));
		const b = line.send(small("b"));
		const big = line.send(large("big"));
		line.send(small("c"));
		await line.came(2);
		line.answer(a);
		await line.came(2);
		deepEqual(names(), ["a", "b"]);
		line.answer(b);
		await line.came(3);
		deepEqual(names(), ["a", "b", "big"]);
		line.answer(big);
		await line.came(4);
		deepEqual(names(), ["a", "b", "big", "c"]);
	});

	it("counts bytes, not characters", async () => {
		const a = line.send(small("a"));
		line.send(`sip|emoji|${"😀".repeat(sharedFrameBytes / 4)}`);
		await line.came(1);
		deepEqual(names(), ["a"]);
		line.answer(a);
		await line.came(2);
		match(line.received[1] ?? "", /\|emoji\|/);
	});

	it("never writes a frame that would end it, and says so to whoever sent it", async () => {
		const id = line.send(`sip|huge|${"x".repeat(maxFrameBytes)}`);
		line.send(small("after"));
		await line.came(1);
		deepEqual(names(), ["after"]);
		await until(() => line.nok.length === 1, { what: "the refusal" });
		match(line.nok[0] ?? "", new RegExp(`response\\|${id}\\|NOK\\|.*takes`));
		match(line.logged.join(), /frame too large/);
	});

	it("is ended, and not the process, when something comes that cannot be read", async () => {
		line.send(small("a"));
		await line.came(1);
		line.say("4#fine5#go");
		await until(() => line.read.length === 1, { what: "what is fine" });
		line.say("es on");
		await until(() => line.read.length === 2, { what: "the rest" });
		deepEqual(line.read, ["fine", "goes "]);
		line.say("MY-PRIVATE-POST");
		await until(() => line.lost.length === 1, { what: "the end" });
		match(line.logged.join(), /frame not readable/);
		ok(!line.logged.join().includes("MY-PRIVATE-POST"));
	});

	it("has no delay, after a reconnect either", () => {
		const delays: boolean[] = [];
		line.connect(delays);
		deepEqual(delays, [true]);
	});

	it("tells that it is lost", async () => {
		line.send(small("a"));
		await line.came(1);
		line.drop();
		await until(() => line.lost.length === 1, { what: "the loss" });
		equal(line.lost[0], line.socket);
		ok(line.socket.destroyed);
	});
});
