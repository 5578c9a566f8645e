/** The synthetic transaction: what it does, what it tells of a service that is well, slow or broken. */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { fileURLToPath } from "node:url";
import { checkText } from "../../cli/check/index.ts";
import type { Transport } from "../support/chat-node.ts";
import {
	localhostCertificate,
	localhostKey,
} from "../support/localhost-tls.ts";
import { start } from "../support/processes.ts";
import { type Operator, startOperator } from "./door.ts";

/** Takes connections and reads. */
async function silentServer() {
	const sockets = new Set<Socket>();
	const server = createServer((socket) => {
		sockets.add(socket);
		socket.on("error", () => {}).resume();
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const { port } = server.address() as AddressInfo;
	return {
		address: `sip:127.0.0.1:${port};transport=tcp`,
		close() {
			for (const socket of sockets) socket.destroy();
			return new Promise((resolve) => server.close(resolve));
		},
	};
}

/** Takes TLS off, and passes on what is in it. */
async function secureServer(behind: string) {
	const [, host = "", port = ""] = /sip:([^:]+):(\d+)/.exec(behind) ?? [];
	const sockets = new Set<Socket>();
	const credentials = { key: localhostKey, cert: localhostCertificate };
	const server = createTlsServer(credentials, (socket) => {
		const further = connect({ host, port: Number(port) });
		for (const each of [socket, further]) {
			sockets.add(each);
			each.on("error", () => {});
		}
		socket.pipe(further).pipe(socket);
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	return {
		port: (server.address() as AddressInfo).port,
		close() {
			for (const socket of sockets) socket.destroy();
			return new Promise((resolve) => server.close(resolve));
		},
	};
}

/** Passes everything on, but writes what the service says anew: as long as it was. */
async function alteringServer(
	behind: string,
	altered: (said: string) => string,
) {
	const [, host = "", port = ""] = /sip:([^:]+):(\d+)/.exec(behind) ?? [];
	const sockets = new Set<Socket>();
	const server = createServer((socket) => {
		const further = connect({ host, port: Number(port) });
		for (const each of [socket, further]) {
			sockets.add(each);
			each.on("error", () => {});
		}
		socket.pipe(further);
		further.on("data", (bytes) => {
			const said = bytes.toString("latin1");
			socket.write(Buffer.from(altered(said), "latin1"));
		});
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const { port: own } = server.address() as AddressInfo;
	return {
		address: `sip:127.0.0.1:${own};transport=tcp`,
		close() {
			for (const socket of sockets) socket.destroy();
			return new Promise((resolve) => server.close(resolve));
		},
	};
}

interface Checked {
	readonly state: string;
	readonly words: string;
	readonly totalMs: number;
	readonly steps: readonly {
		readonly step: string;
		readonly ms: number;
		readonly fault: string | null;
	}[];
}

const everyStep = [
	...["sign-in", "sign-in-other", "find-room", "join", "join-other"],
	...["message", "message-back", "history", "leave", "sign-out"],
];

describe("persistent-chat check", () => {
	let operator: Operator;
	let folder: string;

	before(async () => {
		operator = await startOperator();
		folder = mkdtempSync(join(tmpdir(), "persistent-chat-check-"));
	});
	after(async () => {
		await operator.close();
		rmSync(folder, { recursive: true });
	});

	function credentials(...lines: readonly string[]): string {
		const file = join(folder, "credentials");
		writeFileSync(file, lines.join("\n"));
		chmodSync(file, 0o600);
		return file;
	}

	const good = () =>
		credentials("sip:alice@example.com alice-pw", "sip:bob@example.com bob-pw");

	async function check(file: string, transport: Transport, ...more: string[]) {
		const server = operator.node.server(transport);
		const words = [
			"--server",
			server,
			"--credentials",
			file,
			"--room",
			"Lobby",
		];
		return (await operator.json("check", ...words, ...more)) as Checked;
	}

	for (const transport of ["tcp", "udp", "ws"] as const) {
		it(`goes through every step over ${transport}`, async () => {
			const { state, steps } = await check(good(), transport);
			equal(state, "ok");
			deepEqual(
				steps.map(({ step }) => step),
				everyStep,
			);
			deepEqual(
				steps.filter(({ fault }) => fault !== null),
				[],
			);
		});
	}

	it("leaves nobody behind, and messages that can be found", async () => {
		await check(good(), "tcp");
		equal(operator.node.chat.condition.dialogs(), 0);
		match(
			await operator.type(
				...["message", "delete", "--room", "Lobby", "--match", "phrase"],
				...["--words", "persistent-chat check", "--dry-run"],
			),
			/^\d+ messages are meant/,
		);
	});

	it("tells the step that failed, and none after it", async () => {
		const wrong = credentials(
			"sip:alice@example.com alice-pw",
			"sip:bob@example.com wrong",
		);
		const { state, words, steps } = await check(wrong, "tcp");
		equal(state, "critical");
		match(words, /^sign-in-other: .*401|403|407/);
		deepEqual(
			steps.map(({ step }) => step),
			["sign-in", "sign-in-other"],
		);
		const lost = await check(good(), "tcp", "--room", "No such room");
		match(lost.words, /^find-room: .*finds no room "No such room"/);
		const nobody = await check(
			good(),
			"tcp",
			"--server",
			"sip:127.0.0.1:1;transport=tcp",
		);
		match(nobody.words, /^sign-in: no SIP server answers/);
		const late = await check(good(), "tcp", "--timeout-ms", "1");
		match(late.words, /not done within 1 ms in all/);
	});

	const noise = checkText.replace(/\w/g, "x");
	for (const [failing, what, altered] of [
		[
			"message",
			"what one writes does not arrive at the other",
			(said: string) => said.replaceAll(checkText, noise),
		],
		[
			"message",
			"what arrives is in another room",
			(said: string) =>
				said.replace(
					/(chanUri="ma-chan:\/\/example\.com\/)0(?=[^>]*>\s*<chat>persistent-chat check)/g,
					"$11",
				),
		],
		[
			"history",
			"what was said is not in the history",
			(said: string) =>
				/rpl:(bccontext|chathistory|getchat)|more=|<chanib|rpl:bc/.test(said)
					? said.replaceAll(checkText, noise)
					: said,
		],
	] as const) {
		it(`fails when ${what}`, async () => {
			const server = await alteringServer(operator.node.server("tcp"), altered);
			const asked = ["--server", server.address, "--timeout-ms", "3000"];
			const { state, steps } = await check(good(), "tcp", ...asked);
			await server.close();
			equal(state, "critical");
			const last = steps.at(-1);
			equal(last?.step, failing, JSON.stringify(steps));
			ok(last?.fault);
		});
	}

	it("ends within its time also with a server that says nothing", async () => {
		const silent = await silentServer();
		const asked = ["--server", silent.address, "--timeout-ms", "400"];
		const { words, totalMs } = await check(good(), "tcp", ...asked);
		match(words, /^sign-in: not done within 400 ms in all/);
		// Its own socket is closed: the test would fail for that.
		ok(totalMs < 3_000, `${totalMs}`);
		await silent.close();
	});

	it("goes over TLS to a server whose certificate is trusted", async function () {
		// A drachtio-server does not take for TLS what comes to its port for TCP.
		if (process.env.DRACHTIO !== undefined) return this.skip();
		const secure = await secureServer(operator.node.server("tcp"));
		const server = `sip:localhost:${secure.port};transport=tls`;
		const ca = join(folder, "ca.pem");
		writeFileSync(ca, localhostCertificate);
		const asked = ["--server", server, "--timeout-ms", "3000"];
		const strange = await check(good(), "tcp", ...asked);
		match(strange.words, /^sign-in: no SIP server answers .*certificate/);
		const known = await check(good(), "tcp", ...asked, "--ca", ca);
		equal(known.state, "ok", known.words);
		await rejects(check(good(), "tcp", ...asked, "--ca", `${ca}.none`), {
			name: "Misuse",
			message: /certificates cannot be read/,
		});
		await secure.close();
	});

	it("takes no credentials that others can read, and none at all", async () => {
		const file = good();
		chmodSync(file, 0o644);
		await rejects(check(file, "tcp"), { name: "Misuse", message: /chmod 600/ });
		await rejects(operator.type("check"), {
			name: "Misuse",
			message: /Two users are checked/,
		});
	});

	it("ends as monitoring systems have it: 0 well, 1 slow, 2 failed, 3 not asked", async () => {
		const run = async (...words: string[]) => {
			const program = start("cli/persistent-chat.js", ["check", ...words], {
				cwd: fileURLToPath(new URL("../..", import.meta.url)),
				stdio: ["ignore", "pipe", "ignore"],
				env: {
					...process.env,
					CHAT_CHECK_SERVER: operator.node.server("tcp"),
					CHAT_CHECK_USER: "sip:alice@example.com",
					CHAT_CHECK_PASSWORD: "alice-pw",
					CHAT_CHECK_OTHER: "sip:bob@example.com",
					CHAT_CHECK_OTHER_PASSWORD: "bob-pw",
				},
			});
			let output = "";
			program.child.stdout?.on("data", (text) => {
				output += text;
			});
			return { status: await program.ended, output };
		};
		const lobby = ["--room", "Lobby", "--format", "nagios"];
		const well = await run(...lobby);
		equal(well.status, 0, well.output);
		match(
			well.output,
			/^CHAT OK - 10 steps in \d+ ms \| 'sign-in'=[\d.]+ms;1000;10000;0 .* 'all'=\d+ms;;;0\n$/,
		);
		const slow = await run(...lobby, "--warning-ms", "1");
		equal(slow.status, 1, slow.output);
		match(slow.output, /^CHAT WARNING - [a-z-]+ took/);
		const failed = await run("--room", "None", "--format", "nagios");
		equal(failed.status, 2, failed.output);
		match(failed.output, /^CHAT CRITICAL - find-room: /);
		equal((await run("--no-such-flag")).status, 3);
	});
});
