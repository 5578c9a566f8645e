/** A private MariaDB for tests: a free port on loopback, data in a temporary directory. */
import { randomBytes } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import mysql from "mysql2/promise";
import { findProgram } from "./packages.ts";
import { type Program, start } from "./processes.ts";
import {
	answering,
	cleaningUp,
	freePort,
	logOf,
	logTo,
	type Service,
	temporaryDirectory,
} from "./service.ts";

export interface MariadbService extends Service {
	/** What runs now: for tests that freeze it. */
	readonly processId: number;
	/** As if the machine had lost power, but the data stay. */
	kill(): Promise<void>;
	/** On the same port, with the same data. */
	startAgain(): Promise<void>;
}

/**
 * `durable`: every commit reaches the disk, as an operator has it; without, tests are faster. `bufferPoolMiB`: the memory for
 * pages of tables. `replicates`: it writes what replicas would read. `serverId`: another for each of those that replicate.
 */
export async function startMariadb({
	durable = false,
	bufferPoolMiB = 64,
	replicates = false,
	serverId = 1,
} = {}): Promise<MariadbService> {
	const directory = temporaryDirectory("mariadb");
	const password = randomBytes(16).toString("hex");
	const port = await freePort();
	await installMariadb(directory, password);
	const url = `mysql://chat:${password}@127.0.0.1:${port}`;
	const run = async (): Promise<Program> => {
		const program = start(
			findProgram("mariadbd") ?? "mariadbd",
			mariadbArguments(directory, port, {
				durable,
				bufferPoolMiB,
				replicates,
				serverId,
			}),
			{ stdio: logTo(directory) },
		);
		await answering(program, directory, () => mariadbAnswers(url));
		return program;
	};
	let program = await cleaningUp(directory, run);
	return {
		url,
		get processId() {
			return program.child.pid ?? 0;
		},
		kill: () => program.stop("SIGKILL"),
		async startAgain() {
			program = await run();
		},
		async stop() {
			await program.stop("SIGKILL");
			rmSync(directory, { recursive: true, force: true });
		},
	};
}

export async function installMariadb(
	directory: string,
	password: string,
): Promise<void> {
	writeFileSync(
		join(directory, "init.sql"),
		`CREATE USER IF NOT EXISTS 'chat'@'127.0.0.1' IDENTIFIED BY '${password}';\nGRANT ALL ON *.* TO 'chat'@'127.0.0.1' WITH GRANT OPTION;\n`,
	);
	const install = start(
		findProgram("mariadb-install-db") ?? "mariadb-install-db",
		[
			"--no-defaults",
			`--datadir=${join(directory, "data")}`,
			"--auth-root-authentication-method=normal",
			"--skip-test-db",
			...asRoot(),
		],
		{
			stdio: logTo(directory),
			// Not shared: a server that starts removes whatever looks like another's temporary table.
			env: { ...process.env, TMPDIR: directory },
		},
	);
	if ((await install.ended) !== 0) {
		throw new Error(`MariaDB could not be set up:\n${logOf(directory)}`);
	}
}

export function mariadbArguments(
	directory: string,
	port: number,
	{
		durable,
		bufferPoolMiB,
		replicates,
		serverId = 1,
	}: {
		readonly durable: boolean;
		readonly bufferPoolMiB: number;
		readonly replicates: boolean;
		readonly serverId?: number;
	},
): readonly string[] {
	return [
		"--no-defaults",
		`--datadir=${join(directory, "data")}`,
		`--tmpdir=${directory}`,
		`--socket=${join(directory, "socket")}`,
		`--pid-file=${join(directory, "pid")}`,
		`--init-file=${join(directory, "init.sql")}`,
		`--port=${port}`,
		"--bind-address=127.0.0.1",
		"--skip-name-resolve",
		`--server-id=${serverId}`,
		replicates ? "--log-bin=log" : "--skip-log-bin",
		"--max-connections=300",
		`--innodb-buffer-pool-size=${bufferPoolMiB}M`,
		"--innodb-log-file-size=32M",
		`--innodb-flush-log-at-trx-commit=${durable ? 1 : 0}`,
		...asRoot(),
	];
}

function asRoot(): readonly string[] {
	return process.getuid?.() === 0 ? ["--user=root"] : [];
}

export async function mariadbAnswers(url: string): Promise<boolean> {
	try {
		const connection = await mysql.createConnection({
			uri: url,
			connectTimeout: 2_000,
		});
		await connection.end();
		return true;
	} catch {
		return false;
	}
}
