/** What private instances of servers have in common: a free port, a directory, a log, an answer to wait for. */
import { randomInt } from "node:crypto";
import { mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Program } from "./processes.ts";
import { until } from "./until.ts";

const startMs = 60_000;

export interface Service {
	/** Where it answers, with the password, without a database. */
	readonly url: string;
	/** Ends it and removes its data. */
	stop(): Promise<void>;
}

/** Waits until it answers; when it ends instead, says what it wrote. */
export async function answering(
	program: Program,
	directory: string,
	answers: () => Promise<boolean>,
): Promise<void> {
	let ended = false;
	program.ended
		.catch(() => undefined)
		.finally(() => {
			ended = true;
		});
	try {
		await until(
			() => {
				if (ended) throw new Error("It ended at once");
				return answers();
			},
			{ what: "an answer", withinMs: startMs },
		);
	} catch (cause) {
		await program.stop("SIGKILL");
		throw new Error(
			`${program.child.spawnfile} does not answer:\n${logOf(directory)}`,
			{ cause },
		);
	}
}

export async function cleaningUp<T>(
	directory: string,
	run: () => Promise<T>,
): Promise<T> {
	try {
		return await run();
	} catch (error) {
		rmSync(directory, { recursive: true, force: true });
		throw error;
	}
}

export function temporaryDirectory(name: string): string {
	return mkdtempSync(join(tmpdir(), `persistent-chat-${name}-`));
}

export function logTo(directory: string): ["ignore", number, number] {
	const log = openSync(join(directory, "log"), "a");
	return ["ignore", log, log];
}

export function logOf(directory: string): string {
	return readFileSync(join(directory, "log"), "utf8").slice(-4_000);
}

/** Below those that systems give to whoever connects: it is still free when its server has come so far. */
const ports = { first: 15_000, last: 31_999 };
const portTries = 50;

export async function freePort(): Promise<number> {
	for (let tries = 0; tries < portTries; tries += 1) {
		const port = randomInt(ports.first, ports.last + 1);
		if (await isFree(port)) return port;
	}
	throw new Error(`No port is free from ${ports.first} to ${ports.last}`);
}

function isFree(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const server = createServer();
		server.once("error", () => resolve(false));
		server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
	});
}
