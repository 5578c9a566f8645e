/** Who signs in is sent to the node of the pool that has least to do. */
import { deepEqual, equal } from "node:assert/strict";
import { pino } from "pino";
import { createPool, type OwnNode } from "../../plugin/pool.ts";
import { type Domain, openDomain } from "../support/domain.ts";
import { until } from "../support/until.ts";

describe("the lightest node", () => {
	let domain: Domain;
	let pool: OwnNode | undefined;

	beforeEach(async () => {
		domain = await openDomain();
	});
	afterEach(async () => {
		await pool?.close();
		await domain.close();
	});

	async function lives(node: string, dialogs: number, at = new Date()) {
		await domain.store.nodes.alive(node, at);
		await domain.store.nodeStates.report(node, { dialogs, people: 1 });
	}

	async function open(): Promise<OwnNode> {
		await domain.store.nodes.alive("one", new Date());
		const opened = createPool({
			node: "one",
			states: domain.store.nodeStates,
			rooms: domain.rooms,
			load: () => ({ dialogs: 10, people: 10 }),
			now: () => new Date(),
			log: pino({ level: "silent" }),
		});
		pool = opened;
		await until(() => opened.lightest(["one"]) !== undefined, {
			what: "a look at the nodes",
		});
		return opened;
	}

	it("is the one with the fewest dialogs, with those who were sent to it since", async () => {
		await lives("two", 7);
		await lives("three", 8);
		const { lightest } = await open();
		const nodes = ["one", "two", "three"];
		deepEqual(
			Array.from({ length: 4 }, () => lightest(nodes)),
			["two", "three", "two", "three"],
		);
	});

	it("is none that is silent, drained, or has no address", async () => {
		await lives("silent", 0, new Date(Date.now() - 60_000));
		await lives("drained", 0);
		await domain.store.nodeStates.setDrained("drained", {
			since: new Date(),
			by: "Erin",
		});
		await lives("unnamed", 0);
		const { lightest } = await open();
		equal(lightest(["one", "silent", "drained"]), "one");
		equal(lightest(["silent", "drained", "unknown"]), undefined);
	});
});
