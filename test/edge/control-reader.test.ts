import assert from "node:assert/strict";
import fc from "fast-check";
import { parseAppFrame } from "../../edge/control-frame.ts";
import { ControlFault, ControlReader } from "../../edge/control-reader.ts";

function frame(bytes: number): string {
	return `${bytes}#${"x".repeat(bytes)}`;
}

function read(...chunks: (string | Buffer)[]): number[] {
	const reader = new ControlReader();
	const lengths: number[] = [];
	for (const chunk of chunks)
		reader.push(Buffer.from(chunk), (payload) =>
			lengths.push(Buffer.byteLength(payload)),
		);
	return lengths;
}

describe("the control connection's frames", () => {
	it("are the same however they are cut", () => {
		const stream = Buffer.from(`3#a|b5#héllo`.replace("5#", "6#") + frame(12));
		fc.assert(
			fc.property(fc.array(fc.nat(stream.length), { maxLength: 8 }), (cuts) => {
				const at = [0, ...cuts, stream.length].sort((a, b) => a - b);
				const parts = at.slice(1).map((end, i) => stream.subarray(at[i], end));
				assert.deepEqual(read(...parts), [3, 6, 12]);
			}),
		);
	});

	it("of 4036 bytes pass, however many come at once", () => {
		assert.equal(read(frame(4036).repeat(50)).length, 50);
	});

	it("of 12228 bytes pass alone, in any pieces", () => {
		assert.deepEqual(read(frame(12_228)), [12_228]);
		const pieces = frame(12_228).match(/.{1,100}/g) ?? [];
		assert.deepEqual(read(...pieces), [12_228]);
	});

	it("of 12229 bytes never pass", () => {
		assert.throws(() => read("12229#"), ControlFault);
	});

	it("of more than 4036 bytes pass behind others when nothing follows that overflows", () => {
		assert.deepEqual(read(frame(100) + frame(9000)), [100, 9000]);
	});

	it("of more than 4036 bytes overflow the buffer when enough comes behind them at once", () => {
		assert.throws(() => read(frame(6000).repeat(6)), /overflow/);
		assert.throws(() => read(frame(9000) + frame(4000)), /overflow/);
		assert.deepEqual(read(frame(9000), frame(4000)), [9000, 4000]);
	});

	it("begin with one to five digits and have a payload", () => {
		for (const bad of ["#", "x#", "123456#", "-1#", "0#", " 1#a", "1 #a"])
			assert.throws(() => read(bad), ControlFault, bad);
	});

	it("of any bytes are payloads or a ControlFault", () => {
		const chunk = fc.oneof(
			fc.uint8Array({ maxLength: 40 }).map((a) => Buffer.from(a)),
			fc.nat(9000).map((n) => Buffer.from(frame(n + 1))),
			fc
				.constantFrom("1#", "#", "99999", "|", "\r\n")
				.map((s) => Buffer.from(s)),
		);
		fc.assert(
			fc.property(fc.array(chunk, { maxLength: 10 }), (chunks) => {
				try {
					read(...chunks);
				} catch (error) {
					assert(error instanceof ControlFault, `${error}`);
				}
			}),
			{ numRuns: 1000 },
		);
	});

	it("are taken apart whatever they hold", () => {
		const payload = fc.oneof(
			fc.string({ maxLength: 100 }),
			fc
				.array(
					fc.constantFrom(
						"m1",
						"|",
						"sip",
						"\r\n",
						"INFO sip:a SIP/2.0",
						": ",
						"x",
						"\r\n\r\n",
						"\0",
					),
					{ maxLength: 20 },
				)
				.map((parts) => parts.join("")),
		);
		fc.assert(
			fc.property(payload, (text) => {
				for (const [name, value] of parseAppFrame(text).message.headers)
					assert.doesNotMatch(`${name}${value}`, /[\r\n\0]/);
			}),
			{ numRuns: 2000 },
		);
	});
});
