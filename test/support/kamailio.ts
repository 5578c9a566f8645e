/** A private Kamailio for tests, from the very files of `examples/kamailio`: free ports on the loopback, users of its own. */
import { createHash } from "node:crypto";
import { appendFileSync, cpSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { localhostCertificate, localhostKey } from "./localhost-tls.ts";
import { findProgram } from "./packages.ts";
import { type Program, start } from "./processes.ts";
import {
	answering,
	cleaningUp,
	freePort,
	logOf,
	logTo,
	temporaryDirectory,
} from "./service.ts";

const example = join(import.meta.dirname, "..", "..", "examples", "kamailio");
const host = "127.0.0.1";
/** As in the example: where nodes reach it, and it reaches them. */
const inside = "127.0.0.2";

export interface Kamailio {
	/** For `nodeAgent`: `sip:127.0.0.1:5060;transport=tcp`. */
	server(transport: "tcp" | "tls" | "udp"): string;
	/** The end of what it logged. */
	log(): string;
	/** As if the machine had lost power. */
	kill(): Promise<void>;
	/** On the same ports. */
	startAgain(): Promise<void>;
	stop(): Promise<void>;
}

export interface KamailioOptions {
	/** Where drachtio-servers listen: `127.0.0.1:5070`. */
	readonly nodes: readonly string[];
	/** User parts; the password of each is the name and `-pw`. */
	readonly users: readonly string[];
}

export async function startKamailio(
	options: KamailioOptions,
): Promise<Kamailio> {
	const directory = temporaryDirectory("kamailio");
	const ports = {
		outer: await freePort(),
		tls: await freePort(),
		inner: await freePort(),
	};
	layOut(directory, options);
	const run = async (): Promise<Program> => {
		const program = start(
			findProgram("kamailio") ?? "kamailio",
			[
				...["-f", join(example, "kamailio.cfg"), "-DD", "-E"],
				...["-Y", directory, "-m", "128"],
				...definitions(directory, ports),
			],
			{ stdio: logTo(directory) },
		);
		await answering(program, directory, () => answersOptions(ports.outer));
		return program;
	};
	let program = await cleaningUp(directory, run);
	return {
		server: (transport) =>
			transport === "tls"
				? `sip:localhost:${ports.tls};transport=tls`
				: `sip:${host}:${ports.outer};transport=${transport}`,
		log: () => logOf(directory),
		kill: () => program.stop("SIGKILL"),
		async startAgain() {
			program = await run();
		},
		async stop() {
			await program.stop();
			rmSync(directory, { recursive: true, force: true });
		},
	};
}

function layOut(directory: string, { nodes, users }: KamailioOptions): void {
	cpSync(join(example, "users"), join(directory, "users"), { recursive: true });
	appendFileSync(
		join(directory, "users", "subscriber"),
		users.map(userLine).join(""),
	);
	writeFileSync(
		join(directory, "nodes"),
		nodes.map((node) => `1 sip:${node};transport=tcp 0 0\n`).join(""),
	);
	writeFileSync(join(directory, "certificate.pem"), localhostCertificate);
	writeFileSync(join(directory, "key.pem"), localhostKey);
}

/** As `examples/kamailio/user-line` prints it. */
export function userLine(name: string): string {
	const md5 = (text: string) => createHash("md5").update(text).digest("hex");
	const rest = `example.com:${name}-pw`;
	return `${name}:example.com:${md5(`${name}:${rest}`)}:${md5(`${name}@example.com:${rest}`)}\n`;
}

function definitions(
	directory: string,
	{ outer, tls, inner }: Record<"outer" | "tls" | "inner", number>,
): readonly string[] {
	const quoted = (file: string) => `"${join(directory, file)}"`;
	const values = {
		OUTER_PORT: outer,
		OUTER_TLS_PORT: tls,
		INNER_PORT: inner,
		INNER_SOCKET: `"tcp:${inside}:${inner}"`,
		NODES_FILE: quoted("nodes"),
		USERS_URL: `"text://${join(directory, "users")}"`,
		TLS_CERTIFICATE: quoted("certificate.pem"),
		TLS_KEY: quoted("key.pem"),
		SECRET: '"0123456789abcdef0123456789abcdef"',
	};
	return Object.entries(values).flatMap(([name, value]) => [
		"-A",
		`${name}=${value}`,
	]);
}

function answersOptions(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const socket = connect(port, host, () => {
			socket.write(
				[
					"OPTIONS sip:example.com SIP/2.0",
					`Via: SIP/2.0/TCP ${host}:${socket.localPort};branch=z9hG4bKready`,
					"From: <sip:test@example.com>;tag=1",
					"To: <sip:example.com>",
					"Call-ID: ready",
					"CSeq: 1 OPTIONS",
					"Max-Forwards: 70",
					"Content-Length: 0",
					"\r\n",
				].join("\r\n"),
			);
		});
		socket.once("data", (bytes) => {
			resolve(`${bytes}`.startsWith("SIP/2.0 200"));
			socket.destroy();
		});
		socket.once("error", () => resolve(false));
		socket.once("close", () => resolve(false));
	});
}
