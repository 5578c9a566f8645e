/** What `npm test` runs: installs and starts what the tests need, checks types and style, runs mocha, leaves nothing behind. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { installMissing } from "./packages.ts";
import { leftBehind, type Program, start } from "./processes.ts";
import type { Counts } from "./reporter.ts";
import { startMariadb, startRedis } from "./services.ts";
import { until } from "./until.ts";

/** Longer than the whole suite takes on a machine that does much else; then it hangs somewhere. */
const suiteMs = 45 * 60_000;
/** Mocha ends by itself unless a test left something open. */
const lingerMs = 20_000;
/** Test files, which wait more than they work, three at a time; but a drachtio-server shares new calls out among all who are connected. */
const sideBySide = ["--parallel", "--jobs", "3"];

const root = join(import.meta.dirname, "..", "..");
const scratch = mkdtempSync(join(tmpdir(), "persistent-chat-run-"));
/** Everything temporary of this run, whoever makes it, is in one place and goes with it. */
process.env.TMPDIR = scratch;
const countsFile = join(scratch, "counts.json");
const cleaning: (() => Promise<void>)[] = [];
let cleaned: Promise<readonly string[]> | undefined;

async function run(): Promise<number> {
	const advice = installMissing();
	if (advice !== undefined) {
		console.error(advice);
		return 1;
	}
	const faults: string[] = [];
	const environment = await startServices();
	if ((await node("typescript/bin/tsc", ["--noEmit"])) !== 0) {
		faults.push("the types do not fit (tsc --noEmit)");
	}
	const pages = ["--noEmit", "-p", "web/pages"];
	if ((await node("typescript/bin/tsc", pages)) !== 0) {
		faults.push("the types of the pages do not fit (tsc -p web/pages)");
	}
	if ((await node("@biomejs/biome/bin/biome", ["check", "."])) !== 0) {
		faults.push("the style is not kept (biome check)");
	}
	const counts = await runMocha(environment, faults);
	faults.push(...(await clean()));
	return conclude(counts, faults);
}

async function startServices(): Promise<NodeJS.ProcessEnv> {
	const [mariadb, redis] = await Promise.all([
		startMariadb().then(cleanedUp),
		startRedis().then(cleanedUp),
	]);
	return { TEST_MYSQL_URL: mariadb.url, TEST_REDIS_URL: redis.url };
}

function cleanedUp<T extends { stop(): Promise<void> }>(service: T): T {
	cleaning.push(() => service.stop());
	return service;
}

async function node(
	script: string,
	args: readonly string[],
): Promise<number | null> {
	return nodeProgram(script, args).ended;
}

/** A package's command line, under this Node. */
function nodeProgram(
	script: string,
	args: readonly string[],
	env: NodeJS.ProcessEnv = {},
): Program {
	const [, scope, name = ""] =
		/^(@[^/]+\/[^/]+|[^/]+)\/(.*)$/.exec(script) ?? [];
	const manifest = createRequire(import.meta.url).resolve(
		`${scope}/package.json`,
	);
	return cleanedUp(
		start(process.execPath, [join(dirname(manifest), name), ...args], {
			cwd: root,
			stdio: "inherit",
			env: { ...process.env, ...env },
		}),
	);
}

async function runMocha(
	environment: NodeJS.ProcessEnv,
	faults: string[],
): Promise<Counts> {
	const mocha = nodeProgram(
		"mocha/bin/mocha.js",
		mochaArguments(process.argv.slice(2)),
		{ ...environment, TEST_COUNTS_FILE: countsFile },
	);
	let status: number | null | undefined;
	mocha.ended.then((code) => {
		status = code;
	});
	const over = () => status !== undefined || existsSync(countsFile);
	try {
		await until(over, { what: "the end of the tests", withinMs: suiteMs });
		await until(() => status !== undefined, {
			what: "the end of mocha",
			withinMs: lingerMs,
		});
	} catch (error) {
		faults.push(
			`${error instanceof Error ? error.message : error}: a test left something open`,
		);
		await mocha.stop();
	}
	const counts = readCounts();
	if (counts.passed + counts.failed === 0) faults.push("no test was run");
	if (status !== 0 && counts.failed === 0 && faults.length === 0) {
		faults.push(`mocha ended with status ${status}`);
	}
	return counts;
}

/** The project's mocha configuration; test files named on the command line are run instead of all. */
function mochaArguments(given: readonly string[]): readonly string[] {
	const config: Record<string, unknown> = parse(
		readFileSync(join(root, ".mocharc.yml"), "utf8"),
	);
	const named = given.some((argument) => argument.endsWith(".test.ts"));
	const { spec, ...options } = config;
	return [
		"--no-config",
		...["--reporter", join(import.meta.dirname, "reporter.ts")],
		...(process.env.DRACHTIO === undefined ? sideBySide : []),
		...Object.entries(options).flatMap(([name, values]) =>
			[values].flat().flatMap((value) => [`--${name}`, String(value)]),
		),
		...given,
		...(named ? [] : [spec].flat().map(String)),
	];
}

function readCounts(): Counts {
	if (!existsSync(countsFile)) return { passed: 0, failed: 0, skipped: 0 };
	return JSON.parse(readFileSync(countsFile, "utf8")) as Counts;
}

/** Ends everything, once, and says what had outlived its owner: that is a fault of the suite. */
function clean(): Promise<readonly string[]> {
	cleaned ??= endAll();
	return cleaned;
}

async function endAll(): Promise<readonly string[]> {
	for (const step of cleaning.reverse()) await step().catch(console.error);
	const stragglers = await endStragglers();
	rmSync(scratch, { recursive: true, force: true, maxRetries: 3 });
	return stragglers;
}

async function endStragglers(): Promise<readonly string[]> {
	const none = () => leftBehind().length === 0;
	await until(none, { what: "quiet", withinMs: 2_000 }).catch(() => undefined);
	const stragglers = leftBehind();
	for (const { pid } of stragglers) end(pid);
	await until(none, { what: "quiet", withinMs: 5_000 }).catch(console.error);
	return stragglers.map(
		({ pid, command }) => `process ${pid} was left behind: ${command}`,
	);
}

function end(pid: number): void {
	try {
		process.kill(pid, "SIGKILL");
	} catch {
		// It ended by itself meanwhile.
	}
}

function conclude(counts: Counts, faults: readonly string[]): number {
	for (const fault of faults) console.log(`FAILED: ${fault}`);
	const failed = counts.failed + faults.length;
	const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
	console.log(`${counts.passed} passed, ${failed} failed${skipped}`);
	return failed === 0 ? 0 : 1;
}

async function interrupted(signal: "SIGINT" | "SIGTERM"): Promise<void> {
	console.error(`${signal}: ending what was started`);
	await clean();
	process.exit(signal === "SIGINT" ? 130 : 143);
}

process.once("SIGINT", interrupted);
process.once("SIGTERM", interrupted);
process.once("SIGHUP", () => interrupted("SIGTERM"));
try {
	process.exitCode = await run();
} catch (error) {
	console.error(error);
	process.exitCode = 1;
} finally {
	await clean();
}
