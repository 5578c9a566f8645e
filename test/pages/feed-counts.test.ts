/** What is unread in feeds is counted one after another, and what fails is tried again. */
import { deepEqual, equal } from "node:assert/strict";
import { createFeedCounts } from "../../web/pages/model/feed-counts.ts";
import { until } from "../support/until.ts";

const feed = (id: string) => ({ id });

describe("what is unread in feeds", () => {
	const feeds = ["a", "b", "c"].map(feed);

	it("is asked for by one search at a time, however often it is wanted", async () => {
		let under = 0;
		let most = 0;
		let asked = 0;
		const counts = createFeedCounts({
			feeds: () => feeds,
			async search() {
				under += 1;
				asked += 1;
				most = Math.max(most, under);
				await new Promise(setImmediate);
				under -= 1;
				return 1;
			},
			onChange() {},
			pauseMs: 1,
		});
		for (const each of feeds) counts.suspect(each);
		await Promise.all([counts.count(), counts.count(), counts.count()]);
		deepEqual([most, asked], [1, 3]);
		// The pause that was begun by then ends without a search.
		counts.suspect(feed("a"));
		await until(() => asked === 4, { what: "one more search" });
	});

	it("is known of the others when one search fails, which is tried again", async () => {
		let isAway = true;
		const counts = createFeedCounts({
			feeds: () => feeds,
			async search({ id }) {
				if (id === "a" && isAway) throw new Error("The search is away");
				return 5;
			},
			onChange() {},
			pauseMs: 1,
		});
		for (const each of feeds) counts.suspect(each);
		await counts.count();
		deepEqual([counts.of("a"), counts.of("b"), counts.of("c")], [0, 5, 5]);
		isAway = false;
		await until(() => counts.of("a") === 5, { what: "the one that failed" });
	});

	it("is looked for again when something came during the search", async () => {
		let found = 0;
		const counts = createFeedCounts({
			feeds: () => feeds.slice(0, 1),
			async search(one) {
				found += 1;
				if (found === 1) counts.suspect(one);
				return found;
			},
			onChange() {},
			pauseMs: 1,
		});
		counts.suspect(feed("a"));
		await counts.count();
		await until(() => counts.of("a") === 2, { what: "the second count" });
		equal(found, 2);
	});
});
