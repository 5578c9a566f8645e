/** A lease has one holder; whoever loses it, or gives it back, has it no longer. */
import { equal, match, notEqual, ok } from "node:assert/strict";
import { pino } from "pino";
import type { Archive } from "../../plugin/compliance/archive.ts";
import { type Holding, holdWhenFree } from "../../plugin/compliance/tenure.ts";
import {
	type Knex,
	makeDatabase,
	openArchive,
} from "../../plugin/store/index.ts";
import { until } from "../support/until.ts";

const lease = "adapter one";

describe("a lease", () => {
	let database: Knex;
	let archive: Archive;
	const holdings: Holding[] = [];

	beforeEach(async () => {
		database = makeDatabase({ client: "sqlite", file: ":memory:" });
		archive = await openArchive(database);
	});
	afterEach(async () => {
		await Promise.all(holdings.splice(0).map((each) => each.close()));
		await database.destroy();
	});

	async function hold(node: string): Promise<Holding> {
		const holding = holdWhenFree({
			...{ lease, node, run: "run" },
			leases: archive.leases,
			log: pino({ level: "silent" }),
		});
		holdings.push(holding);
		await holding.looked;
		return holding;
	}
	const holder = async () => (await archive.leases.find(lease))?.holder;

	it("is the first one's, and the next one's when it is given back", async () => {
		const first = await hold("node-1");
		const second = await hold("node-2");
		equal(first.tenure()?.holder, await holder());
		equal(second.tenure(), undefined);
		await first.close();
		equal(first.tenure(), undefined);
		await until(() => second.tenure(), { what: "the second" });
		match((await holder()) ?? "", /^node-2\//);
	});

	it("that somebody has found to be lost is nobody's until it is taken anew, by another name", async () => {
		const holding = await hold("node-1");
		const before = holding.tenure()?.holder;
		ok(before);
		await archive.leases.release(lease, before);
		holding.lost();
		equal(holding.tenure(), undefined);
		const after = await until(() => holding.tenure()?.holder, {
			what: "it once more",
		});
		notEqual(after, before);
	});

	it("that another has taken is found to be lost by its next beat", async () => {
		const holding = await hold("node-1");
		const seen = await archive.leases.find(lease);
		ok(await archive.leases.take(lease, "node-2/run/1", seen));
		await until(() => holding.tenure() === undefined, { what: "the loss" });
		await holding.close();
		equal(await holder(), "node-2/run/1");
	});

	it("that cannot be renewed counts as another's before that one takes it", async () => {
		const holding = await hold("node-1");
		await database.schema.renameTable("archive_leases", "leases_elsewhere");
		await until(() => holding.tenure() === undefined, { what: "the doubt" });
		await database.schema.renameTable("leases_elsewhere", "archive_leases");
		await until(() => holding.tenure(), { what: "the next beat" });
	});

	it("is not given back by whoever is abandoned", async () => {
		const holding = await hold("node-1");
		const before = await holder();
		await holding.abandon();
		equal(await holder(), before);
	});
});
