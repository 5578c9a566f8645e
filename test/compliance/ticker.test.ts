/** Work that is done again and again, whatever it throws and however long its pauses are. */
import { deepEqual, equal } from "node:assert/strict";
import { createTicker } from "../../plugin/compliance/ticker.ts";
import { until } from "../support/until.ts";

const dayMs = 86_400_000;

describe("a ticker", () => {
	it("waits for longer than a timer can", async () => {
		let slow = 0;
		let quick = 0;
		const slowly = createTicker({
			work: async () => {
				slow += 1;
				return 30 * dayMs;
			},
			failed: () => dayMs,
		});
		const quickly = createTicker({
			work: async () => {
				quick += 1;
				return 1;
			},
			failed: () => dayMs,
		});
		await until(() => quick > 20, { what: "twenty of the quick" });
		await Promise.all([slowly.close(), quickly.close()]);
		equal(slow, 1);
	});

	it("goes on after whatever was thrown, also what is no Error", async () => {
		const thrown: readonly unknown[] = [
			new Error("a fault"),
			undefined,
			null,
			"text",
			{ toString: 1 },
		];
		const heard: unknown[] = [];
		let next = 0;
		const ticker = createTicker({
			work: async () => {
				if (next < thrown.length) throw thrown[next++];
				return dayMs;
			},
			failed(error) {
				heard.push(error);
				return 0;
			},
		});
		await until(() => heard.length === thrown.length, { what: "all of them" });
		await ticker.close();
		deepEqual(heard, thrown);
	});

	it("woken while it works, works once more at once", async () => {
		let runs = 0;
		let end = (): void => {};
		const ticker = createTicker({
			work: async () => {
				runs += 1;
				await new Promise<void>((resolve) => {
					end = resolve;
				});
				return 60 * dayMs;
			},
			failed: () => dayMs,
		});
		ticker.wake();
		end();
		await until(() => runs === 2, { what: "the second" });
		const closed = ticker.close();
		end();
		await closed;
		equal(runs, 2);
	});
});
