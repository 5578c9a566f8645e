/** Who says no more that he lives is taken over from once; who could not look himself takes nobody for dead. */
import { deepEqual } from "node:assert/strict";
import { pino } from "pino";
import {
	deadAfterMs,
	watchDeadNodes,
} from "../../plugin/cluster/dead-nodes.ts";
import { until } from "../support/until.ts";

/** A clock that goes on by so much with each look, and nodes of which some say that they live. */
function watch(stepMs: (looks: number) => number, looksWanted: number) {
	let time = 0;
	let looks = 0;
	const taken: string[] = [];
	const watching = watchDeadNodes({
		node: "own",
		async list() {
			looks += 1;
			time += stepMs(looks);
			return [
				{ node: "own", aliveAt: new Date(1) },
				{ node: "dead", aliveAt: new Date(2) },
				{ node: "living", aliveAt: new Date(looks) },
			];
		},
		async takeOver(node) {
			taken.push(`${node} at ${time}`);
			return 1;
		},
		log: pino({ level: "silent" }),
		now: () => time,
		everyMs: 0,
	});
	return {
		taken,
		async done() {
			await until(() => looks >= looksWanted, { what: "the looks" });
			await watching.close();
			return taken;
		},
	};
}

describe("a node that is dead", () => {
	it("is taken over from once, after its silence, and neither who lives nor oneself", async () => {
		const found = await watch(() => 1_000, 30).done();
		deepEqual(found, [`dead at ${1_000 + deadAfterMs}`]);
	});

	it("is hardly believed dead for a silence during which one could not look oneself", async () => {
		const found = await watch(
			(looks) => (looks === 4 ? 60_000 : 1_000),
			30,
		).done();
		deepEqual(found, ["dead at 65000"]);
	});
});
