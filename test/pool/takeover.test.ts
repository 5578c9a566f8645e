/** Relay and adapter go to another node when theirs is killed, stopped or frozen; one that wakes up delivers nothing more. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
	type FreshDatabase,
	freshMysql,
	redisUrl,
} from "../support/databases.ts";
import { until } from "../support/until.ts";
import {
	acknowledged,
	drained,
	makeRooms,
	type NodeProcess,
	type NodeSetting,
	proveArchive,
	proveComplete,
	proveOutput,
	readLines,
	startProcess,
} from "./compliance-nodes.ts";
import { holdFile, type Witnessed, witness } from "./witness-adapter.ts";

const adapterFile = fileURLToPath(
	new URL("witness-adapter.ts", import.meta.url),
);

describe("relay and adapters of a pool (mysql)", () => {
	let directory: string;
	let setting: NodeSetting;
	const databases: FreshDatabase[] = [];
	const nodes = new Map<string, NodeProcess>();

	before(async () => {
		directory = mkdtempSync(join(tmpdir(), "persistent-chat-takeover-"));
		databases.push(await freshMysql(), await freshMysql());
		const [chat, archive] = databases.map(({ description }) => description);
		ok(chat && archive);
		setting = {
			...{ node: "", run: "", chat, archive, directory },
			redis: redisUrl(),
			rooms: await makeRooms(chat, 3),
			posts: 1e9,
			paceMs: 20,
		};
		await startNode("node-1");
		await until(() => worker() === "node-1", { what: "a first delivery" });
		await startNode("node-2");
	});
	after(async () => {
		for (const { program } of nodes.values()) await program.stop("SIGKILL");
		for (const database of databases) await database.drop();
		rmSync(directory, { recursive: true });
	});

	let runs = 0;
	async function startNode(node: string, posts = setting.posts): Promise<void> {
		runs += 1;
		const options = { directory, node };
		const started = startProcess({
			...setting,
			...{ node, posts, run: `run-${runs}` },
			adapters: [{ use: adapterFile, options, runIntervalMs: 100 }],
		});
		nodes.set(node, started);
		await until(() => started.said("ready"), {
			what: `${node} ready`,
			withinMs: 30_000,
		});
	}

	function program(node: string) {
		const found = nodes.get(node)?.program;
		ok(found);
		return found;
	}

	const witnessed = () => readLines<Witnessed>(join(directory, "witnessed"));
	const taken = () => witnessed().flatMap(({ lines = [] }) => lines);
	const worker = () =>
		witnessed().findLast(({ what }) => what === "took")?.node;

	/** What is posted from now on comes to the adapter, by this node: relay and adapter are its own. */
	async function works(node: string): Promise<void> {
		const before = acknowledged(directory).length;
		const next = await until(() => acknowledged(directory)[before + 20], {
			what: "posts go on",
			withinMs: 20_000,
		});
		const isNext = ({ chain, text }: { chain: string; text?: string }) =>
			`${chain} ${text}` === next;
		await until(
			() =>
				witnessed().some((one) => one.node === node && one.lines?.some(isNext)),
			{ what: `${node} delivering`, withinMs: 20_000 },
		);
	}

	it("are another node's when theirs is killed in the middle of a delivery", async () => {
		const held = holdFile({ directory, node: "node-1" });
		writeFileSync(held, "");
		await until(() => witnessed().at(-1)?.what === "began", { what: "one" });
		await program("node-1").stop("SIGKILL");
		witness({ directory }, { node: "node-1", what: "gone" });
		await works("node-2");
		rmSync(held);
		await startNode("node-1");
	});

	it("are another node's when theirs is stopped", async () => {
		equal(worker(), "node-2");
		await program("node-2").stop("SIGTERM");
		equal(await program("node-2").ended, 0);
		await works("node-1");
		await startNode("node-2");
	});

	it("are another node's when theirs is frozen in a delivery, which on waking gives it up and begins no other", async () => {
		const held = holdFile({ directory, node: "node-1" });
		writeFileSync(held, "");
		await until(() => witnessed().at(-1)?.what === "began", { what: "one" });
		const pid = program("node-1").child.pid ?? 0;
		process.kill(pid, "SIGSTOP");
		witness({ directory }, { node: "node-1", what: "gone" });
		await works("node-2");
		witness({ directory }, { node: "node-1", what: "woken" });
		const woken = witnessed().length;
		process.kill(pid, "SIGCONT");
		const ownSince = () =>
			witnessed()
				.slice(woken)
				.filter(({ node }) => node === "node-1")
				.map(({ what }) => what);
		await until(() => ownSince().length > 0, { what: "its word" });
		rmSync(held);
		await works("node-2");
		deepEqual(ownSince(), ["gave up"]);
	});

	it("and never were two deliveries under way, nothing is missing, every room is in order", async () => {
		for (const node of ["node-1", "node-2"]) {
			await program(node).stop("SIGTERM");
			equal(await program(node).ended, 0, `${node} ends badly`);
		}
		await startNode("node-1", 0);
		await drained(setting);
		await program("node-1").stop("SIGTERM");
		await startNode("node-2", 0);
		await program("node-2").stop("SIGTERM");
		await drained(setting);
		proveAlone(witnessed());
		proveOutput(taken());
		await proveArchive(setting, taken());
		await proveComplete(setting, taken());
	});
});

/** Between a delivery's beginning and its end nobody begins another, unless its node is gone. */
function proveAlone(all: readonly Witnessed[]): void {
	let under: string | undefined;
	for (const { node, what } of all) {
		if (what === "began") {
			equal(under, undefined, `${node} delivers while ${under} does`);
			under = node;
		} else if (what === "took") {
			equal(under, node, `${node} takes what it has not begun`);
		}
		if (what !== "began" && under === node) under = undefined;
	}
}
