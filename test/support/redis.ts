/** A private Redis for tests: a free port on loopback, nothing kept. */
import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { connect } from "node:net";
import { findProgram } from "./packages.ts";
import { type Program, start } from "./processes.ts";
import {
	answering,
	cleaningUp,
	freePort,
	logTo,
	type Service,
	temporaryDirectory,
} from "./service.ts";

export interface RedisService extends Service {
	/** What runs now: for tests that freeze it. */
	readonly processId: number;
	/** It forgets everything. */
	kill(): Promise<void>;
	/** On the same port, with nothing in it. */
	startAgain(): Promise<void>;
}

export async function startRedis(): Promise<RedisService> {
	const directory = temporaryDirectory("redis");
	const password = randomBytes(16).toString("hex");
	const port = await freePort();
	const run = async (): Promise<Program> => {
		const started = start(
			findProgram("redis-server") ?? "redis-server",
			[
				...["--port", String(port), "--bind", "127.0.0.1"],
				...["--requirepass", password, "--dir", directory],
				...["--save", "", "--appendonly", "no"],
			],
			{ stdio: logTo(directory) },
		);
		await answering(started, directory, () => redisAnswers(port));
		return started;
	};
	let program = await cleaningUp(directory, run);
	return {
		get processId() {
			return program.child.pid ?? 0;
		},
		kill: () => program.stop("SIGKILL"),
		async startAgain() {
			program = await run();
		},
		url: `redis://:${password}@127.0.0.1:${port}`,
		async stop() {
			await program.stop();
			rmSync(directory, { recursive: true, force: true });
		},
	};
}

function redisAnswers(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const socket = connect(port, "127.0.0.1", () => socket.write("PING\r\n"));
		socket.once("data", () => {
			socket.destroy();
			resolve(true);
		});
		socket.once("error", () => resolve(false));
		socket.once("close", () => resolve(false));
	});
}
