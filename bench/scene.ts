/** What the measurements over SIP stand on: MariaDB with every commit on the disk, a SIP server, the chat service, each a process. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { DatabaseDescription } from "../plugin/index.ts";
import type { RoomId } from "../plugin/rooms/types.ts";
import { freshMysql } from "../test/support/databases.ts";
import { startMariadb, startRedis } from "../test/support/services.ts";
import type { ChatServiceSetting } from "./chat-service.ts";
import { type BenchSipServer, startSipServer } from "./sip-server.ts";

export interface Scene {
	readonly sipServer: BenchSipServer;
	readonly databaseProcessId: number;
	readonly chat: DatabaseDescription;
	readonly service: ChildProcess;
	/** Of the service and of Redis, if there are several nodes. */
	readonly processIds: readonly number[];
	readonly rooms: readonly RoomId[];
	/** Runs `bench/NAME.ts` beside it; resolves when it is ready. */
	beside(name: string, argument: object): Promise<ChildProcess>;
	close(): Promise<void>;
}

export interface SceneOptions {
	/** A drachtio-server's program. */
	readonly drachtio?: string | undefined;
	readonly people: number;
	readonly rooms: number;
	/** Default 5: who comes and goes is not measured, but while thousands sign in it is most of what there is to say. */
	readonly roster?: number;
	/** Default 1; several speak to each other by a Redis. */
	readonly nodes?: number;
	/** A directory for a CPU profile of the service. */
	readonly profile?: string | undefined;
}

export async function setScene(options: SceneOptions): Promise<Scene> {
	const directory = mkdtempSync(join(tmpdir(), "persistent-chat-bench-"));
	const mariadb = await startMariadb({ durable: true, bufferPoolMiB: 512 });
	const sipServer = await startSipServer(options.drachtio);
	const [chat, archive] = [
		await freshMysql(mariadb.url),
		await freshMysql(mariadb.url),
	];
	const { nodes = 1 } = options;
	const redis = nodes > 1 ? await startRedis() : undefined;
	const setting: ChatServiceSetting = {
		admin: sipServer.admin,
		chat: chat.description,
		archive: archive.description,
		directory,
		people: options.people,
		rooms: options.rooms,
		roster: options.roster ?? 5,
		redis: redis?.url,
	};
	const started: ChildProcess[] = [];
	async function beside(
		name: string,
		argument: object,
		more: readonly string[] = [],
	): Promise<{ child: ChildProcess; said: unknown }> {
		const file = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
		const child = fork(file, [JSON.stringify(argument)], {
			execArgv: ["--import", "tsx", ...more],
		});
		started.push(child);
		const [said] = await once(child, "message");
		return { child, said };
	}
	const { child: service, said } = await beside("chat-service", setting, [
		...(options.profile === undefined
			? []
			: ["--cpu-prof", `--cpu-prof-dir=${options.profile}`]),
	]);
	const { rooms } = said as { readonly rooms: readonly RoomId[] };
	const services = [service];
	for (let n = 2; n <= nodes; n += 1) {
		const node = { ...setting, node: `node-${n}` };
		services.push((await beside("chat-service", node)).child);
	}
	return {
		sipServer,
		databaseProcessId: mariadb.processId,
		chat: chat.description,
		service,
		processIds: [...services.map(({ pid }) => pid), redis?.processId].filter(
			(id) => id !== undefined,
		),
		rooms,
		beside: async (name, argument) => (await beside(name, argument)).child,
		async close() {
			for (const child of started) {
				child.send("end");
				await once(child, "exit");
			}
			await sipServer.stop();
			await redis?.stop();
			await mariadb.stop();
			rmSync(directory, { recursive: true, force: true });
		},
	};
}

/** CPU that a process has used since it began, in milliseconds (Linux). */
export function cpuMs(processId: number | undefined): number {
	const stat = readFileSync(`/proc/${processId}/stat`, "utf8");
	const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
	const ticks = Number(fields[11]) + Number(fields[12]);
	return (ticks * 1_000) / 100;
}

/** For the head of a table. */
export function machine(): string {
	const [cpu] = cpus();
	return `${cpus().length} × ${cpu?.model.trim()}, Node ${process.version}, load before ${loadavg()[0]?.toFixed(1)}`;
}
