/** Whose fault it is that an upload does not go on. */
import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { steadily } from "../../web/files/body.ts";
import { until } from "../support/until.ts";

describe("the body of an upload", () => {
	const pieceMs = 20;

	it("is given up when its sender is silent, and not when its bytes wait for us", async () => {
		const body = new PassThrough();
		body.write("waits");
		const waiting = steadily(body, pieceMs);
		await until(() => waiting.readableLength > 0, { what: "the first bytes" });
		const silent = steadily(new PassThrough(), pieceMs);
		let why: unknown;
		silent.once("error", (error) => {
			why = error;
		});
		await until(() => silent.destroyed, { what: "the end of patience" });
		assert.match(String(why), /Nothing of the file came for too long/);
		assert.equal(waiting.destroyed, false);
		body.end(", and comes");
		assert.equal(await text(waiting), "waits, and comes");
	});
});
