/** How far long work is, on one line. */
import { equal } from "node:assert/strict";
import { progressLine } from "../../cli/progress-line.ts";

describe("the line of progress", () => {
	it("has a bar where it is known how much there is", () => {
		equal(
			progressLine("records", 250, 1000),
			"[######                  ]  25 % 250 of 1000 records …",
		);
		equal(
			progressLine("records", 1200, 1000),
			"[########################] 100 % 1200 of 1000 records …",
		);
		equal(progressLine("users", 7), "7 users …");
		equal(progressLine("users", 0, 0), "0 users …");
	});
});
