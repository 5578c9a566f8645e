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
	{ fresh: freshSqlite, redis: false },
	{ fresh: freshMysql, redis: true },
] as const;

/** One way of an event, and the node that is killed on it. */
interface Path {
	readonly setting: NodeSetting;
	readonly databases: readonly FreshDatabase[];
	program?: Program;
}

async function layPath({
	fresh,
	redis,
}: (typeof paths)[number]): Promise<Path> {
	const databases = [await fresh(), await fresh()];
	const [chat, archive] = databases.map(({ description }) => description);
	ok(chat && archive);
	const setting: NodeSetting = {
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
	return { setting, databases };
}

const linesOf = ({ setting }: Path) =>
	readLines<Line>(join(setting.directory, "lines"));

async function kill(
	path: Path,
	step: (typeof stepNames)[number],
	more = {},
): Promise<void> {
	const run = step.replaceAll(" ", "-");
	const node = startProcess({ ...path.setting, run, killAt: step, ...more });
	path.program = node.program;
	equal(await node.program.ended, null, "it did not come so far");
	equal(node.program.child.signalCode, "SIGKILL");
	proveOutput(linesOf(path));
	await giveBack(path);
}

/** What the killed one held, so that nobody waits until it counts as dead: `takeover.test.ts` does. */
async function giveBack({ setting }: Path): Promise<void> {
	await withDatabases(setting, ({ archive }) =>
		archive("archive_leases").update({ holder: "" }),
	);
}

async function goOn(path: Path): Promise<void> {
	const { setting } = path;
	const node = startProcess({ ...setting, run: "on", posts: 0 });
	path.program = node.program;
	await until(() => node.said("posted"), { what: "it", withinMs: 30_000 });
	await drained(setting);
	await node.program.stop("SIGTERM");
	equal(await node.program.ended, 0);
	await drained(setting);
}

// Most of each step is the start of a process: both ways are gone side by side.
describe("a node killed on an event's path, on SQLite, and on MariaDB (mysql) through Redis", () => {
	let ways: readonly Path[] = [];
	const onEach = (act: (path: Path) => Promise<void>) =>
		Promise.all(ways.map(act));

	before(async () => {
		ways = await Promise.all(paths.map(layPath));
	});
	afterEach(() => onEach(async ({ program }) => program?.stop("SIGKILL")));
	after(() =>
		onEach(async ({ databases, setting }) => {
			for (const database of databases) await database.drop();
			rmSync(setting.directory, { recursive: true });
		}),
	);

	for (const step of stepNames.filter((each) => !each.includes("pruned"))) {
		it(`when this is done: ${step}`, () => onEach((path) => kill(path, step)));
	}

	it("has lost nothing, and archived nothing twice", () =>
		onEach(async (path) => {
			await goOn(path);
			proveOutput(linesOf(path));
			await proveArchive(path.setting, linesOf(path));
			await proveComplete(path.setting, linesOf(path));
		}));

	for (const step of stepNames.filter((each) => each.includes("pruned"))) {
		it(`when this is done: ${step}`, () =>
			onEach((path) => kill(path, step, { retainDays: 0 })));
	}

	it("has lost nothing of what was deleted since, nor archived it again", () =>
		onEach(async (path) => {
			await goOn(path);
			proveOutput(linesOf(path));
			await proveComplete(path.setting, linesOf(path));
		}));
});
