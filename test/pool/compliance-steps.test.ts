/** kill -9 between each two steps of an event's path: afterwards it is in the archive once, and with the adapter, in order. */
import { equal, ok } from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openArchive } from "../../plugin/store/index.ts";
import {
	type FreshDatabase,
	freshMysql,
	freshSqlite,
	redisUrl,
} from "../support/databases.ts";
import type { Program } from "../support/processes.ts";
import { until } from "../support/until.ts";
import {
	drained,
	makeRooms,
	type NodeSetting,
	proveArchive,
	proveComplete,
	proveOutput,
	readLines,
	startProcess,
	withDatabases,
} from "./compliance-nodes.ts";
import { stepNames } from "./compliance-steps.ts";
import type { Line } from "./lines-adapter.ts";

const paths = [
	{ name: "SQLite", fresh: freshSqlite, redis: false },
	{ name: "MariaDB (mysql) through Redis", fresh: freshMysql, redis: true },
] as const;

for (const { name, fresh, redis } of paths) {
	describe(`a node killed on an event's path on ${name}`, function () {
		this.timeout(60_000);
		const databases: FreshDatabase[] = [];
		let setting: NodeSetting;
		let program: Program | undefined;

		before(async () => {
			databases.push(await fresh(), await fresh());
			const [chat, archive] = databases.map(({ description }) => description);
			ok(chat && archive);
			setting = {
				node: "node-1",
				run: "",
				...{ chat, archive },
				directory: mkdtempSync(join(tmpdir(), "persistent-chat-steps-")),
				...(redis && { redis: redisUrl() }),
				rooms: await makeRooms(chat, 2),
				posts: 30,
			};
			// Whoever is killed in the middle of a migration on MySQL leaves its lock: that is another story.
			await withDatabases(setting, ({ archive }) => openArchive(archive));
		});
		afterEach(() => program?.stop("SIGKILL"));
		after(async () => {
			for (const database of databases) await database.drop();
			rmSync(setting.directory, { recursive: true });
		});

		const lines = () => readLines<Line>(join(setting.directory, "lines"));

		const kill = async (step: (typeof stepNames)[number], more = {}) => {
			const run = step.replaceAll(" ", "-");
			const node = startProcess({ ...setting, run, killAt: step, ...more });
			program = node.program;
			equal(await program.ended, null, "it did not come so far");
			equal(program.child.signalCode, "SIGKILL");
			proveOutput(lines());
		};

		const goOn = async () => {
			const node = startProcess({ ...setting, run: "on", posts: 0 });
			program = node.program;
			await until(() => node.said("posted"), { what: "it", withinMs: 30_000 });
			// It takes its duties back from its earlier run after some seconds; only then has it anything to end with.
			await drained(setting);
			await program.stop("SIGTERM");
			equal(await program.ended, 0);
			await drained(setting);
		};

		for (const step of stepNames.filter((each) => !each.includes("pruned"))) {
			it(`when this is done: ${step}`, () => kill(step));
		}

		it("has lost nothing, and archived nothing twice", async () => {
			await goOn();
			proveOutput(lines());
			await proveArchive(setting, lines());
			await proveComplete(setting, lines());
		});

		for (const step of stepNames.filter((each) => each.includes("pruned"))) {
			it(`when this is done: ${step}`, () => kill(step, { retainDays: 0 }));
		}

		it("has lost nothing of what was deleted since, nor archived it again", async () => {
			await goOn();
			proveOutput(lines());
			await proveComplete(setting, lines());
		});
	});
}
