/** A Redis Cluster of three primaries, one of them with a replica that takes its place. */
import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { Redis } from "ioredis";
import { findProgram } from "./packages.ts";
import { type Program, start } from "./processes.ts";
import type { WatchedRedis } from "./sentinels.ts";
import { answering, freePort, logTo, temporaryDirectory } from "./service.ts";
import { until } from "./until.ts";

const primaries = 3;
const slots = 16_384;
const silentMs = 1_000;

/** `kept`: the primary with the replica has this key. */
export async function startRedisCluster(kept: string): Promise<WatchedRedis> {
	const directory = temporaryDirectory("redis-cluster");
	const password = randomBytes(16).toString("hex");
	const programs: Program[] = [];
	const clients: Redis[] = [];
	async function stop() {
		for (const client of clients) client.disconnect();
		for (const program of programs) await program.stop("SIGKILL");
		rmSync(directory, { recursive: true, force: true });
	}

	async function run() {
		const [port, bus] = [await freePort(), await freePort()];
		const program = start(
			findProgram("redis-server") ?? "redis-server",
			[
				...["--port", String(port), "--bind", "127.0.0.1"],
				...["--cluster-enabled", "yes", "--cluster-port", String(bus)],
				...["--cluster-config-file", `${port}.conf`],
				...["--cluster-node-timeout", String(silentMs)],
				...["--requirepass", password, "--masterauth", password],
				...["--dir", directory, "--dbfilename", `${port}.rdb`],
				...["--save", "", "--appendonly", "no"],
				...["--repl-diskless-sync-delay", "0"],
			],
			{ stdio: logTo(directory), cwd: directory },
		);
		programs.push(program);
		const client = new Redis({ host: "127.0.0.1", port, password });
		client.on("error", () => {});
		clients.push(client);
		await answering(program, directory, () =>
			client.ping().then(
				() => true,
				() => false,
			),
		);
		return { port, bus, program, client };
	}

	try {
		const servers: Awaited<ReturnType<typeof run>>[] = [];
		for (let n = 0; n <= primaries; n += 1) servers.push(await run());
		const [first, , , replica] = servers;
		if (first === undefined || replica === undefined) throw new Error();
		for (const { port, bus } of servers.slice(1)) {
			await first.client.cluster("MEET", "127.0.0.1", port, bus);
		}
		const knowAll = async () => {
			for (const { client } of servers) {
				const known = await client.cluster("NODES");
				if (String(known).trim().split("\n").length <= primaries) return false;
			}
			return true;
		};
		await until(knowAll, { what: "the servers to know each other" });
		const slot = Number(await first.client.cluster("KEYSLOT", kept));
		const size = Math.ceil(slots / primaries);
		const ranges = Array.from({ length: primaries }, (_, n) => ({
			from: n * size,
			to: Math.min(slots, (n + 1) * size) - 1,
		})).sort((one) => (slot >= one.from && slot <= one.to ? -1 : 1));
		for (const [n, { from, to }] of ranges.entries()) {
			await servers[n]?.client.cluster("ADDSLOTSRANGE", from, to);
		}
		const id = String(await first.client.cluster("MYID"));
		await until(
			() =>
				replica.client.cluster("REPLICATE", id).then(
					() => true,
					() => false,
				),
			{ what: "the replica to know its primary" },
		);
		const isWell = async () => {
			for (const { client } of servers) {
				const info = String(await client.cluster("INFO"));
				if (!info.includes("cluster_state:ok")) return false;
			}
			const following = await replica.client.info("replication");
			return following.includes("master_link_status:up");
		};
		await until(isWell, { what: "the cluster to be well", withinMs: 30_000 });
		return {
			url: `redis-cluster://:${password}@${servers
				.slice(0, 2)
				.map(({ port }) => `127.0.0.1:${port}`)
				.join()}`,
			killPrimary: () => first.program.stop("SIGKILL"),
			freezePrimary: () =>
				process.kill(first.program.child.pid ?? 0, "SIGSTOP"),
			async failedOver() {
				await until(
					async () =>
						(await replica.client.info("replication")).includes("role:master"),
					{ what: "the replica to become a primary", withinMs: 30_000 },
				);
			},
			stop,
		};
	} catch (error) {
		await stop();
		throw error;
	}
}
