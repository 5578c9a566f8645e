import { equal } from "node:assert/strict";
import { createRateLimit } from "../../plugin/sip/rate-limit.ts";

describe("rate limit", () => {
	it("gives a burst, then what comes back with time, to each on his own", () => {
		let time = 0;
		const limit = createRateLimit(2, 3, () => time);
		for (let i = 0; i < 3; i += 1) equal(limit.take("a"), true);
		equal(limit.allows("a"), false);
		equal(limit.take("a"), false);
		equal(limit.take("b"), true);
		time += 500;
		equal(limit.allows("a"), true);
		equal(limit.take("a"), true);
		equal(limit.take("a"), false);
	});
});
