import assert from "node:assert/strict";
import fc from "fast-check";
import { Framing } from "../../sip-stack/framing.ts";
import { defaultLimits, SipParseError } from "../../sip-stack/index.ts";

function message(callId: string, body: string): string {
	return `INFO sip:b@c SIP/2.0\r\nVia: SIP/2.0/TCP a:1;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:b@c>;tag=2\r\nCall-ID: ${callId}\r\nCSeq: 1 INFO\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

function reader(limits = defaultLimits) {
	const seen: string[] = [];
	const framing = new Framing(limits, {
		message: (one) => seen.push(`${one.callId}:${one.body}`),
		ping: () => seen.push("ping"),
	});
	const push = (text: string | Buffer) => framing.push(Buffer.from(text));
	return { seen, push, framing };
}

function status(push: () => void): number {
	try {
		push();
	} catch (error) {
		assert(error instanceof SipParseError, `${error}`);
		return error.status;
	}
	assert.fail("nothing was thrown");
}

describe("a stream of SIP messages", () => {
	it("is the same messages however it is cut", () => {
		const stream = Buffer.from(
			[
				"\r\n",
				message("one", ""),
				"\r\n\r\n",
				message("two", "héllo\r\n\r\n"),
				message("three", "x".repeat(9)),
			].join(""),
		);
		fc.assert(
			fc.property(
				fc.array(fc.nat(stream.length), { maxLength: 40 }),
				(cuts) => {
					const { seen, push, framing } = reader();
					const at = [0, ...cuts, stream.length].sort((a, b) => a - b);
					for (let i = 1; i < at.length; i++)
						push(stream.subarray(at[i - 1], at[i]));
					assert.deepEqual(seen, [
						"one:",
						"ping",
						"two:héllo\r\n\r\n",
						"three:xxxxxxxxx",
					]);
					assert.equal(framing.inMessage, false);
				},
			),
			{ numRuns: 300 },
		);
	});

	it("passes over single blank lines and answers two as a ping", () => {
		const { seen, push } = reader();
		push(`\r\n${message("a", "")}\r\n`);
		assert.deepEqual(seen, ["a:"]);
		push("\r\n\r\n\r\n");
		assert.deepEqual(seen, ["a:", "ping", "ping"]);
	});

	it("bodies stay what they were when more comes behind them", () => {
		const bodies: Buffer[] = [];
		const framing = new Framing(defaultLimits, {
			message: (one) => bodies.push(one.body),
			ping() {},
		});
		const bytes = Buffer.from(message("a", "first") + message("b", "second"));
		for (const byte of bytes) framing.push(Buffer.from([byte]));
		for (let i = 0; i < 50; i++)
			framing.push(Buffer.from(message("c", "overwrite me not").repeat(3)));
		assert.equal(bodies[0]?.toString(), "first");
		assert.equal(bodies[1]?.toString(), "second");
	});

	it("without Content-Length it cannot be read on: 400", () => {
		const { push } = reader();
		const text = message("a", "").replace("Content-Length: 0\r\n", "");
		assert.equal(
			status(() => push(text)),
			400,
		);
	});

	it("a message longer than the limit is refused with 413 before its body comes", () => {
		const { push } = reader();
		const text = message("a", "").replace("Length: 0", "Length: 2097152");
		assert.equal(
			status(() => push(text)),
			413,
		);
	});

	it("a head that does not end is refused: 400 for a line, 400 for headers without end", () => {
		assert.equal(
			status(() => reader().push(`INFO ${"a".repeat(8200)}`)),
			400,
		);
		assert.equal(
			status(() =>
				reader().push(`INFO sip:a SIP/2.0\r\n${"X: 1\r\n".repeat(502)}`),
			),
			400,
		);
	});

	it("a line feed without carriage return is refused at once", () => {
		assert.equal(
			status(() => reader().push("INFO sip:a@b SIP/2.0\nVia")),
			400,
		);
	});

	it("a NUL byte is refused, in head or body or between messages", () => {
		assert.equal(
			status(() => reader().push("\0")),
			400,
		);
		assert.equal(
			status(() => reader().push(message("a\0b", ""))),
			400,
		);
		assert.equal(
			status(() => reader().push(message("a", "x\0y"))),
			400,
		);
	});

	it("two million bytes in tiny segments take linear time", () => {
		const body = "line\r\n".repeat(300_000);
		const bytes = Buffer.from(message("a", body));
		const { seen, framing } = reader();
		const started = performance.now();
		for (let at = 0; at < bytes.length; at += 16)
			framing.push(bytes.subarray(at, at + 16));
		assert.equal(seen.length, 1);
		assert(performance.now() - started < 2000);
	});

	it("never throws anything but a SipParseError", () => {
		const segment = fc.oneof(
			fc.uint8Array({ maxLength: 60 }).map((a) => Buffer.from(a)),
			fc
				.constantFrom(
					"\r",
					"\n",
					"\r\n",
					": ",
					message("a", "x"),
					"Content-Length: 3\r\n",
				)
				.map((s) => Buffer.from(s)),
		);
		fc.assert(
			fc.property(fc.array(segment, { maxLength: 12 }), (segments) => {
				const { framing } = reader();
				try {
					for (const one of segments) framing.push(one);
				} catch (error) {
					assert(error instanceof SipParseError, `${error}`);
				}
			}),
			{ numRuns: 2000 },
		);
	});
});
