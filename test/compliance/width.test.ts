/** An adapter that fails for long is given one event alone, and then more and more again. */
import { deepEqual, equal } from "node:assert/strict";
import { aloneAfter, makeWidth } from "../../plugin/compliance/width.ts";

describe("the width of a batch", () => {
	it("is whole until the adapter has failed for long, then one, and twice as much with each success", () => {
		const width = makeWidth(10);
		equal(width.events(0), 10);
		width.failed();
		equal(width.events(aloneAfter - 1), 10);
		equal(width.events(aloneAfter), 1);
		const widths = [0, 0, 0, 0, 0].map(() => {
			width.succeeded();
			return width.events(0);
		});
		deepEqual(widths, [2, 4, 8, 10, 10]);
	});

	it("is halved with each failure on the way, down to one", () => {
		const width = makeWidth(1_000);
		width.events(aloneAfter);
		for (let success = 0; success < 3; success += 1) width.succeeded();
		const widths = [1, 2, 3, 4].map((attempt) => {
			width.failed();
			return width.events(attempt);
		});
		deepEqual(widths, [4, 2, 1, 1]);
	});
});
