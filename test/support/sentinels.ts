/** A Redis primary with a replica, and three Sentinels that put the one in the other's place. */
import { randomBytes } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Redis } from "ioredis";
import { findProgram } from "./packages.ts";
import { type Program, start } from "./processes.ts";
import {
	answering,
	freePort,
	logTo,
	type Service,
	temporaryDirectory,
} from "./service.ts";
import { until } from "./until.ts";

export interface WatchedRedis extends Service {
	/** kill -9 of the primary. */
	killPrimary(): Promise<void>;
	/** It answers nothing any more, and its connections stay. */
	freezePrimary(): void;
	/** Resolves when the Sentinels name another primary than at first. */
	failedOver(): Promise<void>;
}

const count = 3;
const name = "chat";
const silentMs = 1_000;

export async function startWatchedRedis(): Promise<WatchedRedis> {
	const directory = temporaryDirectory("sentinels");
	const password = randomBytes(16).toString("hex");
	const programs: Program[] = [];
	const run = async (args: readonly string[], port: number) => {
		const program = start(
			findProgram("redis-server") ?? "redis-server",
			[...args, "--port", String(port), "--bind", "127.0.0.1"],
			{ stdio: logTo(directory), cwd: directory },
		);
		programs.push(program);
		await answering(program, directory, () => answers(port, password));
		return program;
	};
	async function stop() {
		for (const program of programs) await program.stop("SIGKILL");
		rmSync(directory, { recursive: true, force: true });
	}

	try {
		const [primaryPort, replicaPort] = [await freePort(), await freePort()];
		const server = (port: number) => [
			...["--requirepass", password, "--masterauth", password],
			...["--dir", directory, "--dbfilename", `${port}.rdb`],
			...[
				"--save",
				"",
				"--appendonly",
				"no",
				"--repl-diskless-sync-delay",
				"0",
			],
		];
		const primary = await run(server(primaryPort), primaryPort);
		await run(
			[...server(replicaPort), "--replicaof", `127.0.0.1 ${primaryPort}`],
			replicaPort,
		);
		await asked(replicaPort, password, (redis) =>
			until(
				async () =>
					(await redis.info("replication")).includes("link_status:up"),
				{
					what: "the replica to follow",
				},
			),
		);
		const sentinels: number[] = [];
		for (let i = 0; i < count; i += 1) {
			const port = await freePort();
			const file = join(directory, `sentinel-${i}.conf`);
			writeFileSync(file, watching(primaryPort, password, directory));
			await run([file, "--sentinel"], port);
			sentinels.push(port);
		}
		const primaryNow = () =>
			asked(sentinels[0] ?? 0, password, (redis) =>
				redis.call("SENTINEL", "get-master-addr-by-name", name),
			) as Promise<readonly string[] | null>;
		await asked(sentinels[0] ?? 0, password, (redis) =>
			until(async () => (await seen(redis)) === `${count - 1} 1`, {
				what: "the Sentinels to know each other and the replica",
			}),
		);
		return {
			url: `redis-sentinel://:${password}@${sentinels.map((port) => `127.0.0.1:${port}`).join()}/0?sentinelPassword=${password}#${name}`,
			killPrimary: () => primary.stop("SIGKILL"),
			freezePrimary: () => process.kill(primary.child.pid ?? 0, "SIGSTOP"),
			async failedOver() {
				await until(
					async () => (await primaryNow())?.[1] === String(replicaPort),
					{ what: "the replica to become the primary", withinMs: 30_000 },
				);
			},
			stop,
		};
	} catch (error) {
		await stop();
		throw error;
	}
}

function watching(port: number, password: string, directory: string): string {
	return `
dir ${directory}
requirepass ${password}
sentinel sentinel-pass ${password}
sentinel monitor ${name} 127.0.0.1 ${port} 2
sentinel auth-pass ${name} ${password}
sentinel down-after-milliseconds ${name} ${silentMs}
sentinel failover-timeout ${name} 4000
`;
}

/** How many other Sentinels and how many replicas one knows. */
async function seen(redis: Redis): Promise<string> {
	const state = (await redis.call(
		"SENTINEL",
		"master",
		name,
	)) as readonly string[];
	const of = (key: string) => state[state.indexOf(key) + 1];
	return `${of("num-other-sentinels")} ${of("num-slaves")}`;
}

async function asked<T>(
	port: number,
	password: string,
	question: (redis: Redis) => Promise<T>,
): Promise<T> {
	const redis = new Redis({ host: "127.0.0.1", port, password });
	redis.on("error", () => undefined);
	try {
		return await question(redis);
	} finally {
		redis.disconnect();
	}
}

function answers(port: number, password: string): Promise<boolean> {
	return asked(port, password, async (redis) => {
		redis.options.maxRetriesPerRequest = 0;
		return (await redis.ping()) === "PONG";
	}).catch(() => false);
}
