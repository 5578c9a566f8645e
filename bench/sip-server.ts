/**
 * A SIP server for measurements, in a process of its own: a drachtio-server's program, or the embedded edge. Run itself, it is the edge.
 */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startEdge } from "../edge/index.ts";
import { freePort } from "../test/support/service.ts";
import { until } from "../test/support/until.ts";

const host = "127.0.0.1";
const secret = "secret";

export interface BenchSipServer {
	/** For the table. */
	readonly name: string;
	readonly processId: number;
	readonly admin: {
		readonly host: string;
		readonly port: number;
		readonly secret: string;
	};
	/** Where TCP comes in. */
	readonly sip: { readonly host: string; readonly port: number };
	stop(): Promise<void>;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await serve();

/** `program`: a drachtio-server's; without one, the edge. */
export async function startSipServer(
	program?: string,
): Promise<BenchSipServer> {
	return program === undefined ? startOwnEdge() : startProgram(program);
}

async function serve(): Promise<void> {
	const quiet = () => {};
	const edge = await startEdge({
		listen: [{ transport: "tcp", host, port: 0 }],
		admin: { host, port: 0, secret },
		log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
	});
	process.on("message", async () => {
		await edge.close();
		process.exit();
	});
	process.once("disconnect", () => process.exit(1));
	process.send?.({ admin: edge.admin.port, sip: edge.sip[0]?.port });
}

async function startOwnEdge(): Promise<BenchSipServer> {
	const child = fork(fileURLToPath(import.meta.url), {
		execArgv: ["--import", "tsx"],
	});
	const [ports] = (await once(child, "message")) as [
		{ readonly admin: number; readonly sip: number },
	];
	return {
		name: "embedded edge, own process",
		processId: child.pid ?? 0,
		admin: { host, port: ports.admin, secret },
		sip: { host, port: ports.sip },
		async stop() {
			child.send("end");
			await once(child, "exit");
		},
	};
}

async function startProgram(program: string): Promise<BenchSipServer> {
	const directory = mkdtempSync(join(tmpdir(), "persistent-chat-drachtio-"));
	const [admin, sip] = [await freePort(), await freePort()];
	const file = join(directory, "drachtio.xml");
	writeFileSync(
		file,
		`<drachtio><admin port="${admin}" secret="${secret}" tcp-keepalive="0">${host}</admin>
<sip><contacts><contact>sip:${host}:${sip};transport=tcp</contact></contacts></sip><cdrs>false</cdrs>
<logging><file><name>${directory}/log</name><archive>${directory}/archive</archive><size>100</size><maxFiles>3</maxFiles><auto-flush>true</auto-flush></file><sofia-loglevel>0</sofia-loglevel><loglevel>notice</loglevel></logging></drachtio>`,
	);
	const child = spawn(program, ["-f", file], { stdio: "ignore" });
	await until(() => answers(admin), { what: "the SIP server" });
	await until(() => answers(sip), { what: "the SIP server" });
	return {
		name: `drachtio-server (${program})`,
		processId: child.pid ?? 0,
		admin: { host, port: admin, secret },
		sip: { host, port: sip },
		stop: () => end(child, directory),
	};
}

async function end(child: ChildProcess, directory: string): Promise<void> {
	child.kill("SIGKILL");
	await once(child, "exit");
	rmSync(directory, { recursive: true, force: true });
}

function answers(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const socket = connect({ host, port });
		socket.once("connect", () => {
			socket.destroy();
			resolve(true);
		});
		socket.once("error", () => resolve(false));
	});
}
