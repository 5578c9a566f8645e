/**
 * A SIP server in a process of its own, to be ended and started again at the same ports: the embedded edge, or the
 * drachtio-server that `DRACHTIO_PROGRAM` names.
 */
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { connect as dial } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { SipServer } from "../support/chat-node.ts";
import { type Program, start } from "../support/processes.ts";
import { freePort, temporaryDirectory } from "../support/service.ts";
import { until } from "../support/until.ts";

export interface SipProcess extends SipServer {
	/** Resolves when it has ended. */
	stop(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
	/** Resolves when it takes connections again. */
	startAgain(): Promise<void>;
}

const script = fileURLToPath(new URL("edge-process.ts", import.meta.url));
const host = "127.0.0.1";
const secret = "secret";

export async function startSipProcess(): Promise<SipProcess> {
	const directory = temporaryDirectory("sip");
	const adminPort = await freePort();
	const sipPort = await freePort();
	let program: Program | undefined;

	async function startAgain(): Promise<void> {
		const [command, ...args] = commandFor(directory, adminPort, sipPort);
		program = start(command, args, { stdio: "ignore" });
		for (const port of [adminPort, sipPort]) {
			await until(() => answers(port), { what: "the SIP server" });
		}
	}

	await startAgain();
	return {
		admin: { host, port: adminPort, secret },
		server: (transport) => `sip:${host}:${sipPort};transport=${transport}`,
		stop: async (signal) => program?.stop(signal),
		startAgain,
		async close() {
			await program?.stop("SIGKILL");
			rmSync(directory, { recursive: true, force: true });
		},
	};
}

function commandFor(
	directory: string,
	adminPort: number,
	sipPort: number,
): [string, ...string[]] {
	const { DRACHTIO_PROGRAM } = process.env;
	if (DRACHTIO_PROGRAM === undefined) {
		const ports = [String(adminPort), String(sipPort)];
		return [process.execPath, "--import", "tsx", script, ...ports, secret];
	}
	const file = join(directory, "drachtio.conf.xml");
	writeFileSync(
		file,
		`<drachtio>
<admin port="${adminPort}" secret="${secret}">${host}</admin>
<sip><contacts><contact>sip:${host}:${sipPort};transport=udp,tcp</contact></contacts></sip>
<cdrs>false</cdrs>
<logging><file><name>${directory}/log</name><archive>${directory}</archive></file><loglevel>notice</loglevel></logging>
</drachtio>`,
	);
	return [DRACHTIO_PROGRAM, "-f", file];
}

async function answers(port: number): Promise<boolean> {
	const socket = dial(port, host);
	try {
		await once(socket, "connect");
		return true;
	} catch {
		return false;
	} finally {
		socket.destroy();
	}
}
