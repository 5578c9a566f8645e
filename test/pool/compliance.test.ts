/**
 * Everything on an event's path is killed and frozen under load, again and again: relay and workers, Redis, the compliance
 * database, the adapter's target. Nothing is lost, nothing archived twice, everything in order.
 * `TEST_CHAOS_EVENTS`, `TEST_CHAOS_TIMES` (how often each is killed, and frozen) and `TEST_CHAOS_SEED` make it larger, or the
 * same again.
 */
import { equal, ok } from "node:assert/strict";
import { once } from "node:events";
import {
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ArchivedEvent } from "../../plugin/compliance/adapter.ts";
import { type FreshDatabase, freshMysql } from "../support/databases.ts";
import { type Program, start } from "../support/processes.ts";
import {
	freePort,
	type MariadbService,
	type RedisService,
	startMariadb,
	startRedis,
} from "../support/services.ts";
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
import { type Line, lineOf } from "./lines-adapter.ts";

const events = Number(process.env.TEST_CHAOS_EVENTS ?? 3_000);
const seed = Number(
	process.env.TEST_CHAOS_SEED ?? Math.floor(Math.random() * 1e9),
);
const times = Number(process.env.TEST_CHAOS_TIMES ?? 1);
const targetScript = fileURLToPath(
	new URL("target-process.ts", import.meta.url),
);

/** Something that can be killed and frozen. */
interface Victim {
	readonly name: string;
	processId(): number;
	kill(): Promise<void>;
	startAgain(): Promise<void>;
}

describe("the whole path under load, with everything killed and frozen (mysql)", function () {
	this.timeout(600_000);
	let archiveServer: MariadbService;
	let redis: RedisService;
	let directory: string;
	let setting: NodeSetting;
	let target: Program;
	let targetPort = 0;
	const databases: FreshDatabase[] = [];
	const nodes = new Map<string, NodeProcess>();
	const random = randomFrom(seed);

	before(async () => {
		[archiveServer, redis] = await Promise.all([
			startMariadb({ durable: true }),
			startRedis(),
		]);
		databases.push(await freshMysql(), await freshMysql(archiveServer.url));
		const [chat, archive] = databases.map(({ description }) => description);
		ok(chat && archive);
		directory = mkdtempSync(join(tmpdir(), "persistent-chat-chaos-"));
		targetPort = await freePort();
		await startTarget();
		setting = {
			node: "",
			run: "",
			...{ chat, archive, directory },
			redis: redis.url,
			adapters: adaptersAt(targetPort),
			rooms: await makeRooms(chat, 10),
			posts: 1e9,
			atOnce: 4,
			paceMs: 12,
		};
	});
	after(async () => {
		for (const { program } of nodes.values()) await program.stop("SIGKILL");
		await target?.stop("SIGKILL");
		await Promise.all([archiveServer?.stop(), redis?.stop()]);
		await databases[0]?.drop();
		rmSync(directory, { recursive: true });
	});

	function adaptersAt(port: number): Required<NodeSetting>["adapters"] {
		const secret = join(directory, "secret");
		writeFileSync(secret, "a secret of the receiver");
		return [
			{
				use: "jsonl",
				options: { directory: join(directory, "jsonl"), fileBytes: 3_000_000 },
				runIntervalMs: 200,
			},
			{
				use: "webhook",
				options: {
					url: `http://127.0.0.1:${port}/`,
					secrets: [`file:${secret}`],
					allowHttp: true,
					timeoutMs: 3_000,
				},
				runIntervalMs: 200,
			},
		];
	}

	async function startTarget(): Promise<void> {
		target = start(
			process.execPath,
			[
				...["--import", "tsx", targetScript],
				...[String(targetPort), join(directory, "target")],
			],
			{ stdio: ["ignore", "pipe", "inherit"] },
		);
		ok(target.child.stdout);
		await once(target.child.stdout, "data");
	}

	let runs = 0;
	async function startNode(node: string, posts = setting.posts): Promise<void> {
		runs += 1;
		const started = startProcess({
			...setting,
			node,
			run: `run-${runs}`,
			posts,
		});
		nodes.set(node, started);
		await until(() => started.said("ready"), {
			what: `${node} ready`,
			withinMs: 60_000,
		});
	}

	const program = (node: string): Program => {
		const found = nodes.get(node)?.program;
		ok(found);
		return found;
	};
	const victims = (): readonly Victim[] => [
		...["node-1", "node-2"].map((name) => ({
			name,
			processId: () => program(name).child.pid ?? 0,
			kill: () => program(name).stop("SIGKILL"),
			startAgain: () => startNode(name),
		})),
		{
			name: "Redis",
			processId: () => redis.processId,
			kill: () => redis.kill(),
			startAgain: () => redis.startAgain(),
		},
		{
			name: "the compliance database",
			processId: () => archiveServer.processId,
			kill: () => archiveServer.kill(),
			startAgain: () => archiveServer.startAgain(),
		},
		{
			name: "the target",
			processId: () => target.child.pid ?? 0,
			kill: () => target.stop("SIGKILL"),
			startAgain: () => startTarget(),
		},
	];

	/** Posts go on meanwhile, whatever is away: that is how long it is waited. */
	async function posted(more: number): Promise<void> {
		const wanted = acknowledged(directory).length + more;
		await until(() => acknowledged(directory).length >= wanted, {
			what: `${more} more posts`,
			withinMs: 60_000,
		});
	}

	async function disturb(victim: Victim, how: "kill" | "freeze", away: number) {
		if (how === "freeze") {
			const frozen = victim.processId();
			process.kill(frozen, "SIGSTOP");
			await posted(away);
			process.kill(frozen, "SIGCONT");
			return;
		}
		await victim.kill();
		await posted(away);
		await victim.startAgain();
	}

	it(`delivers ${events} posts or more (seed ${seed})`, async () => {
		await Promise.all([startNode("node-1"), startNode("node-2")]);
		await posted(100);
		const turns = shuffled(
			victims().flatMap((victim) =>
				Array.from({ length: times }, () => [
					{ victim, how: "kill" as const },
					{ victim, how: "freeze" as const },
				]).flat(),
			),
			random,
		);
		const each = events / turns.length;
		for (const { victim, how } of turns) {
			const away = Math.ceil(each * (0.1 + 0.8 * random()));
			await disturb(victim, how, away);
			await posted(Math.ceil(each - away));
		}
		const done = acknowledged(directory).length;
		ok(done >= events, `${done} posts`);
		for (const node of ["node-1", "node-2"]) {
			await program(node).stop("SIGTERM");
			equal(await program(node).ended, 0, `${node} ends badly`);
		}
		await startNode("node-1", 0);
		await drained(setting, 120_000);
		await program("node-1").stop("SIGTERM");
		await startNode("node-2", 0);
		await drained(setting, 60_000);
		await program("node-2").stop("SIGKILL");
		await startNode("node-2", 0);
		// What it did not end with is its own again only when its earlier self has been silent for a while.
		await until(() => nodes.get("node-2")?.said("posted") === true, {
			what: "everybody inside",
			withinMs: 30_000,
		});
		await drained(setting, 60_000);
		await program("node-2").stop("SIGTERM");
		await drained(setting, 10_000);
	});

	it("and nothing is missing, nothing archived twice, everything in order", async () => {
		const outputs: Record<string, readonly Line[]> = {
			lines: readLines<Line>(join(directory, "lines")),
			webhook: readLines<Line>(join(directory, "target")),
			jsonl: readdirSync(join(directory, "jsonl"))
				.filter((name) => name.endsWith(".jsonl"))
				.sort()
				.flatMap((name) =>
					readWholeLines(join(directory, "jsonl", name)).map(lineOf),
				),
		};
		for (const [name, lines] of Object.entries(outputs)) {
			ok(lines.length >= events, name);
			proveOutput(lines);
			await proveComplete(setting, lines);
			await proveArchive(setting, lines);
		}
	});
});

/** A line that a kill has torn has been marked as such by the adapter, and is none. */
function readWholeLines(path: string): readonly ArchivedEvent[] {
	return readFileSync(path, "utf8")
		.split("\n")
		.flatMap((line) => {
			try {
				return [JSON.parse(line) as ArchivedEvent];
			} catch {
				return [];
			}
		});
}

/** The same numbers from 0 to 1 for the same seed (mulberry32). */
function randomFrom(start: number): () => number {
	let state = start;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

function shuffled<T>(all: readonly T[], random: () => number): readonly T[] {
	return all
		.map((each) => ({ each, key: random() }))
		.sort((a, b) => a.key - b.key)
		.map(({ each }) => each);
}
