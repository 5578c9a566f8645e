/** A private Galera cluster of three MariaDB nodes on loopback. */
import { randomBytes } from "node:crypto";
import {
	chmodSync,
	chownSync,
	cpSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import mysql from "mysql2/promise";
import { installMariadb, mariadbAnswers, mariadbArguments } from "./mariadb.ts";
import { findProgram } from "./packages.ts";
import { type Program, start } from "./processes.ts";
import {
	answering,
	cleaningUp,
	freePort,
	logTo,
	temporaryDirectory,
} from "./service.ts";
import { until } from "./until.ts";

/** Debian's number of that user. */
const nobody = 65_534;
const provider = "/usr/lib/galera/libgalera_smm.so";

interface Node {
	readonly directory: string;
	readonly port: number;
	readonly group: number;
	readonly transfer: number;
	readonly stream: number;
	readonly url: string;
}

export interface GaleraCluster {
	/** Of each, with the password, without a database. */
	readonly urls: readonly string[];
	/** Of all, in their order. */
	urlOf(database: string): string;
	kill(index: number): Promise<void>;
	/** One that was killed; resolves when it has joined the others and has what they have. */
	startAgain(index: number): Promise<void>;
	stop(): Promise<void>;
}

export async function startGalera(): Promise<GaleraCluster> {
	const top = temporaryDirectory("galera");
	const password = randomBytes(16).toString("hex");
	const programs: Program[] = [];
	const stop = async () => {
		await Promise.all(programs.map((program) => program.stop("SIGKILL")));
		rmSync(top, { recursive: true, force: true });
	};
	try {
		return await cleaningUp(top, async () => {
			letThrough(top);
			const nodes = await makeNodes(top, password);
			for (const node of nodes) {
				programs.push(await begin(node, nodes, programs.length === 0));
			}
			const hosts = nodes.map(({ port }) => `127.0.0.1:${port}`).join(",");
			return {
				urls: nodes.map(({ url }) => url),
				urlOf: (database) => `mysql://chat:${password}@${hosts}/${database}`,
				async kill(index) {
					await programs[index]?.stop("SIGKILL");
				},
				async startAgain(index) {
					const node = nodes[index];
					if (node === undefined) throw new Error(`There is no ${index}`);
					// What it wrote itself is overwritten.
					giveToTheTransfer(node.directory);
					programs[index] = await begin(node, nodes, false);
				},
				stop,
			};
		});
	} catch (error) {
		await stop();
		throw error;
	}
}

async function makeNodes(top: string, password: string): Promise<Node[]> {
	const nodes: Node[] = [];
	await installMariadb(top, password);
	for (const name of ["0", "1", "2"]) {
		const directory = join(top, name);
		mkdirSync(directory);
		cpSync(join(top, "data"), join(directory, "data"), { recursive: true });

		// Each makes the user for itself, before it has joined.
		const init = readFileSync(join(top, "init.sql"), "utf8");
		writeFileSync(
			join(directory, "init.sql"),
			`SET SESSION wsrep_on = OFF;\n${init}`,
		);
		giveToTheTransfer(directory);
		const port = await freePort();
		nodes.push({
			directory,
			port,
			group: await freePort(),
			transfer: await freePort(),
			stream: await freePort(),
			url: `mysql://chat:${password}@127.0.0.1:${port}`,
		});
	}
	return nodes;
}

/** Where root runs the tests, Galera's rsync writes as nobody: it must get there, through the directory of this run too. */
function letThrough(top: string): void {
	chmodSync(top, 0o711);
	const above = dirname(top);
	if (basename(above).startsWith("persistent-chat-run-")) {
		chmodSync(above, 0o711);
	}
}

/** It writes there. */
function giveToTheTransfer(path: string): void {
	if (process.getuid?.() === 0) chownSync(path, nobody, nobody);
	if (!statSync(path).isDirectory()) return;
	for (const name of readdirSync(path)) giveToTheTransfer(join(path, name));
}

/** Galera gives up now and then because it looks at a thread of its own too soon: then it is started again. */
async function begin(...given: Parameters<typeof beginOnce>): Promise<Program> {
	try {
		return await beginOnce(...given);
	} catch (error) {
		if (!/read thread schedparams/.test(String(error))) throw error;
		return beginOnce(...given);
	}
}

async function beginOnce(
	{ directory, port, group, transfer, stream, url }: Node,
	all: readonly Node[],
	first: boolean,
): Promise<Program> {
	const members = all.map((each) => `127.0.0.1:${each.group}`).join(",");
	const program = start(
		findProgram("mariadbd") ?? "mariadbd",
		[
			...mariadbArguments(directory, port, {
				durable: false,
				bufferPoolMiB: 32,
				replicates: false,
			}),
			"--binlog-format=ROW",
			"--wsrep-on=ON",
			`--wsrep-provider=${provider}`,
			`--wsrep-cluster-address=gcomm://${members}`,
			`--wsrep-node-address=127.0.0.1:${group}`,
			"--wsrep-sst-method=rsync",
			`--wsrep-sst-receive-address=127.0.0.1:${transfer}`,
			`--wsrep-provider-options=base_host=127.0.0.1;base_port=${group};gmcast.listen_addr=tcp://127.0.0.1:${group};ist.recv_addr=127.0.0.1:${stream};gcache.size=32M`,
			...(first ? ["--wsrep-new-cluster"] : []),
		],
		{ stdio: logTo(directory) },
	);
	await answering(program, directory, () => mariadbAnswers(url));
	await until(() => isReady(url), { what: "Galera", withinMs: 30_000 });
	return program;
}

async function isReady(url: string): Promise<boolean> {
	const connection = await mysql.createConnection({ uri: url });
	try {
		const [rows] = await connection.query<mysql.RowDataPacket[]>(
			"SHOW GLOBAL STATUS LIKE 'wsrep_ready'",
		);
		return rows[0]?.Value === "ON";
	} finally {
		await connection.end();
	}
}
