/** Debian's softphone baresip, one account, driven over its control socket; what it says and what it sends and takes is kept. */
import { rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { start } from "./processes.ts";
import { freePort, temporaryDirectory } from "./service.ts";
import { until } from "./until.ts";

const modules = "/usr/lib/baresip/modules";

export interface Softphone {
	/** Everything that it wrote: its SIP messages too. */
	readonly output: string;
	/** A line typed to it, like `message` `hello`. */
	type(command: string, parameters?: string): void;
	/** Resolves when its output matches. */
	shows(pattern: RegExp): Promise<void>;
	close(): Promise<void>;
}

/** Registered, with the contact as the one that it writes to. */
export async function startBaresip({
	server,
	name,
	contact,
}: {
	/** `sip:127.0.0.1:5060;transport=tcp`. */
	readonly server: string;
	readonly name: string;
	/** `"Lobby" <sip:room.lobby@example.com>`. */
	readonly contact: string;
}): Promise<Softphone> {
	const home = temporaryDirectory("baresip");
	const [sipPort, controlPort] = [await freePorts(), await freePort()];
	const write = (file: string, lines: readonly string[]) =>
		writeFileSync(join(home, file), `${lines.join("\n")}\n`);
	write("accounts", [
		`<sip:${name}@example.com>;auth_user=${name};auth_pass=${name}-pw;outbound="${server}";regint=600`,
	]);
	write("contacts", [contact]);
	write("config", [
		`sip_listen 127.0.0.1:${sipPort}`,
		"net_interface 127.0.0.1",
		`module_path ${modules}`,
		"module_tmp account.so",
		"module_app menu.so",
		"module_app contact.so",
		"module_app ctrl_tcp.so",
		`ctrl_tcp_listen 127.0.0.1:${controlPort}`,
	]);
	let output = "";
	const program = start("baresip", ["-s", "-f", home]);
	for (const stream of [program.child.stdout, program.child.stderr]) {
		stream?.on("data", (bytes) => {
			output += String(bytes);
		});
	}
	let control: Socket | undefined;
	async function close(): Promise<void> {
		control?.destroy();
		await program.stop();
		rmSync(home, { recursive: true, force: true });
	}
	const shows = async (pattern: RegExp) => {
		await until(() => pattern.test(output), { what: `${pattern}` }).catch(
			(error) => {
				throw new Error(`${error.message}; baresip wrote:\n${output}`);
			},
		);
	};
	const type = (command: string, params = "") => {
		const json = JSON.stringify({ command, params });
		control?.write(`${Buffer.byteLength(json)}:${json},`);
	};
	try {
		await shows(/\[1 binding\]/);
		control = await connected(controlPort);
		type("contact_next");
		return {
			get output() {
				return output;
			},
			type,
			shows,
			close,
		};
	} catch (error) {
		await close();
		throw error;
	}
}

/** A free port with a free one after it, which baresip takes for TLS. */
async function freePorts(): Promise<number> {
	for (;;) {
		const port = await freePort();
		if (await isFree(port + 1)) return port;
	}
}

function isFree(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const server = createServer();
		server.once("error", () => resolve(false));
		server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
	});
}

function connected(port: number): Promise<Socket> {
	return new Promise((resolve, reject) => {
		const socket = connect(port, "127.0.0.1");
		// What it answers is in its output too.
		socket.resume();
		socket.on("error", reject);
		socket.once("connect", () => resolve(socket));
	});
}
