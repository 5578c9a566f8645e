/** The archive's contract: a lease is one node's at a time. */
import assert from "node:assert/strict";
import type { Archive } from "../../plugin/compliance/archive.ts";
import type { ArchiveUnderTest, OpenArchive } from "./archive-samples.ts";

export function leasesContract(open: OpenArchive): void {
	describe("leases", () => {
		let opened: ArchiveUnderTest;
		let mine: Archive["leases"];
		let theirs: Archive["leases"];
		beforeEach(async () => {
			opened = await open();
			mine = opened.archive.leases;
			theirs = (await opened.another()).leases;
		});
		afterEach(() => opened?.close());

		it("are nobody's at first, and go to one of those who ask at once", async () => {
			assert.equal(await mine.find("relay"), undefined);
			const taken = await Promise.all([
				mine.take("relay", "a", undefined),
				theirs.take("relay", "b", undefined),
			]);
			assert.deepEqual(taken.toSorted(), [false, true]);
			const holder = (await mine.find("relay"))?.holder;
			assert.equal(holder, taken[0] ? "a" : "b");
		});

		it("live on with each beat, for their holder only", async () => {
			await mine.take("relay", "a", undefined);
			const before = await theirs.find("relay");
			assert.equal(await mine.beat("relay", "a"), true);
			const after = await theirs.find("relay");
			assert.equal(after?.beat, (before?.beat ?? 0) + 1);
			assert.equal(await theirs.beat("relay", "b"), false);
			assert.equal(await theirs.beat("other", "a"), false);
			assert.deepEqual(await mine.find("relay"), after);
		});

		it("are taken over from the beat that was seen, and from no later one", async () => {
			await mine.take("relay", "a", undefined);
			const seen = await theirs.find("relay");
			assert.ok(seen);
			await mine.beat("relay", "a");
			assert.equal(await theirs.take("relay", "b", seen), false);
			const now = await theirs.find("relay");
			const taken = await Promise.all([
				theirs.take("relay", "b", now),
				mine.take("relay", "c", now),
			]);
			assert.deepEqual(taken.toSorted(), [false, true]);
			assert.equal(await mine.beat("relay", "a"), false);
		});

		it("are not taken again from the same beat by whoever has just taken them", async () => {
			await mine.take("relay", "a", undefined);
			const seen = await mine.find("relay");
			assert.equal(await mine.take("relay", "a", seen), true);
			assert.equal(await mine.take("relay", "a", seen), false);
		});

		it("given back are anybody's at once, and only their holder gives them back", async () => {
			await mine.take("relay", "a", undefined);
			await theirs.release("relay", "b");
			assert.equal((await mine.find("relay"))?.holder, "a");
			await mine.release("relay", "a");
			const free = await theirs.find("relay");
			assert.equal(free?.holder, "");
			assert.equal(await mine.beat("relay", "a"), false);
			assert.equal(await theirs.take("relay", "b", free), true);
		});

		it("do not concern each other", async () => {
			await mine.take("relay", "a", undefined);
			await theirs.take("adapter one", "b", undefined);
			assert.equal((await mine.find("relay"))?.holder, "a");
			assert.equal((await mine.find("adapter one"))?.holder, "b");
		});
	});
}
