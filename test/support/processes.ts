/** Programs that the tests start: each leads its own process group, is found again by a mark, and is ended with its children. */
import {
	type ChildProcess,
	type SpawnOptions,
	spawn,
} from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { until } from "./until.ts";

/** In the environment of everything that one test run starts. */
const markName = "TEST_RUN_MARK";
process.env[markName] ??= randomUUID();

const endMs = 15_000;

export interface Program {
	readonly child: ChildProcess;
	/** The exit status; null when a signal ended it. */
	readonly ended: Promise<number | null>;
	/** Ends it and what it started: `signal` first, SIGKILL when that was not enough. */
	stop(signal?: NodeJS.Signals): Promise<void>;
}

export function start(
	command: string,
	args: readonly string[],
	options: SpawnOptions = {},
): Program {
	const child = spawn(command, [...args], { ...options, detached: true });
	let alive = true;
	const ended = new Promise<number | null>((resolve, reject) => {
		child.once("error", reject);
		child.once("exit", resolve);
	}).finally(() => {
		alive = false;
	});
	// Whoever waits for the end hears of a failed start; nobody need wait.
	ended.catch(() => undefined);
	return {
		child,
		ended,
		async stop(signal = "SIGTERM") {
			if (child.pid === undefined) return;
			signalGroup(child.pid, signal);
			const gone = () => !alive && !groupLives(child.pid);
			try {
				await until(gone, { what: `the end of ${command}`, withinMs: endMs });
			} catch {
				signalGroup(child.pid, "SIGKILL");
				await until(gone, { what: `the end of ${command}`, withinMs: endMs });
			}
		},
	};
}

function signalGroup(leader: number, signal: NodeJS.Signals): void {
	try {
		process.kill(-leader, signal);
	} catch (error) {
		if (!isGone(error)) throw error;
	}
}

function groupLives(leader: number | undefined): boolean {
	if (leader === undefined) return false;
	try {
		process.kill(-leader, 0);
		return true;
	} catch (error) {
		return !isGone(error);
	}
}

function isGone(error: unknown): boolean {
	return error instanceof Error && "code" in error && error.code === "ESRCH";
}

/** Everything that this run started and that still runs, wherever it went: process id and command line (Linux). */
export function leftBehind(): readonly { pid: number; command: string }[] {
	if (process.platform !== "linux") return [];
	const mark = `${markName}=${process.env[markName]}`;
	return readdirSync("/proc")
		.map(Number)
		.filter((pid) => Number.isInteger(pid) && pid !== process.pid)
		.filter((pid) => readProc(pid, "environ").split("\0").includes(mark))
		.map((pid) => ({
			pid,
			command: readProc(pid, "cmdline").split("\0").join(" ").trim(),
		}));
}

function readProc(pid: number, file: string): string {
	try {
		return readFileSync(`/proc/${pid}/${file}`, "utf8");
	} catch {
		// Ended meanwhile, or another user's.
		return "";
	}
}
