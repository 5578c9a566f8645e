/** Work of which only so much is on its way at the same time. */
import { deepEqual, equal } from "node:assert/strict";
import { createPacing } from "../../plugin/load/pacing.ts";

describe("pacing", () => {
	it("gives the next one his turn when one has ended, in their order, each once", async () => {
		const pacing = createPacing(2);
		const [first, second] = [await pacing.turn(), await pacing.turn()];
		const order: string[] = [];
		async function turn(name: string): Promise<() => void> {
			const end = await pacing.turn();
			order.push(name);
			return end;
		}
		const third = turn("third");
		const fourth = turn("fourth");
		equal(pacing.waiting(), 2);
		first();
		first();
		const endThird = await third;
		deepEqual(order, ["third"]);
		second();
		endThird();
		(await fourth)();
		deepEqual(order, ["third", "fourth"]);
		equal(pacing.waiting(), 0);
	});

	it("lets nobody wait behind 4,000", async () => {
		const pacing = createPacing(1);
		const ends = [await pacing.turn()];
		const others = Array.from({ length: 4_000 }, () => pacing.turn());
		equal(pacing.full(), true);
		ends[0]?.();
		equal(pacing.full(), false);
		for (const other of others) (await other)();
	});
});
