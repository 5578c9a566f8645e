/** A node says that it lives, again and again, one at a time, until it is closed. */
import { deepEqual, equal } from "node:assert/strict";
import { startHeartbeat } from "../../plugin/cluster/heartbeat.ts";
import { until } from "../support/until.ts";

describe("the heartbeat", () => {
	it("beats at once and goes on, also after a beat that failed, of which it says so once", async () => {
		let beats = 0;
		const faults: unknown[] = [];
		const heard: boolean[] = [];
		const heartbeat = startHeartbeat({
			everyMs: 1,
			alive: async () => {
				beats += 1;
				if (beats > 1) heard.push(heartbeat.isHeard());
				if (beats === 2 || beats === 3) throw beats;
			},
			onFault: (error) => faults.push(error),
		});
		equal(beats, 1);
		await until(() => beats >= 5, { what: "five beats" });
		await heartbeat.close();
		deepEqual(faults, [2]);
		deepEqual(heard.slice(0, 4), [true, false, false, true]);
	});

	it("has nothing under way any more once it is closed", async () => {
		let finish = () => {};
		let beats = 0;
		const heartbeat = startHeartbeat({
			everyMs: 1,
			alive: () => {
				beats += 1;
				return new Promise((resolve) => {
					finish = resolve;
				});
			},
			onFault: () => {},
		});
		let closed = false;
		const closing = heartbeat.close().then(() => {
			closed = true;
		});
		await Promise.resolve();
		equal(closed, false);
		finish();
		await closing;
		equal(beats, 1);
	});
});
