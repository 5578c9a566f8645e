/** examples/embed.ts as it stands, a process beside a SIP server: its own calls go on, and there are rooms. */
import { equal, match, ok } from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { pino } from "pino";
import { type SipServer, sipServer } from "../support/chat-node.ts";
import { signIn } from "../support/people.ts";
import { type Program, start } from "../support/processes.ts";
import { header, RawSip } from "../support/raw-sip.ts";
import { until } from "../support/until.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string) => readFileSync(join(root, path), "utf8");
const run = promisify(execFile);

describe("examples/embed.ts", () => {
	const directory = mkdtempSync(join(tmpdir(), "persistent-chat-embed-"));
	const socket = join(directory, "operator.sock");
	let server: SipServer;
	let program: Program;
	let output = "";

	before(async () => {
		server = await sipServer(pino({ level: "silent" }));
		const { host, port, secret } = server.admin;
		program = start(
			process.execPath,
			["--import", "tsx", "examples/embed.ts"],
			{
				cwd: root,
				stdio: ["ignore", "pipe", "pipe"],
				env: {
					...process.env,
					DRACHTIO_HOST: host,
					DRACHTIO_PORT: String(port),
					DRACHTIO_SECRET: secret,
					CHAT_DATABASE: join(directory, "chat.sqlite"),
					CHAT_SOCKET: socket,
					CHAT_WEB_PORT: "0",
				},
			},
		);
		for (const stream of [program.child.stdout, program.child.stderr]) {
			stream?.on("data", (text) => {
				output += text;
			});
		}
		await until(() => output.includes('"ready"'), {
			what: "the application",
			withinMs: 30_000,
		}).catch((error) => {
			throw new Error(`${error.message}: ${output}`);
		});
	});

	after(async () => {
		await program.stop("SIGKILL");
		await server.close();
		rmSync(directory, { recursive: true });
	});

	const operator = async (...words: readonly string[]) => {
		const args = ["--import", "tsx", "cli/main.ts", ...words];
		return run(process.execPath, [...args, "--socket", socket], { cwd: root });
	};

	function request(sip: RawSip, method: string, uri: string, more = ""): void {
		sip.send(`${method} ${uri} SIP/2.0
Via: SIP/2.0/TCP 127.0.0.1:${sip.localPort};branch=z9hG4bK${method}${Math.random()}
From: <sip:caller@example.com>;tag=1
To: <${uri}>${more}
Call-ID: ${/ACK|BYE/.test(method) ? "INVITE" : method}-${uri.replace(/\W/g, "-")}
CSeq: ${method === "BYE" ? 2 : 1} ${method}
Contact: <sip:caller@127.0.0.1:${sip.localPort};transport=tcp>
Max-Forwards: 70`);
	}

	it("goes on answering its own calls, messages and OPTIONS", async () => {
		const sip = await RawSip.open(server.server("tcp"));
		try {
			request(sip, "OPTIONS", "sip:hello@example.com");
			const own = await sip.receive(/CSeq: 1 OPTIONS/);
			match(own, /^SIP\/2\.0 200/);
			equal(header(own, "Allow-Events"), "", "the chat service has answered");
			request(sip, "OPTIONS", "sip:example.com");
			match(await sip.receive(/CSeq: 1 OPTIONS/), /Allow-Events: /);
			request(sip, "MESSAGE", "sip:hello@example.com");
			match(await sip.receive(/CSeq: 1 MESSAGE/), /^SIP\/2\.0 202/);
			request(sip, "INVITE", "sip:nobody@example.com");
			match(await sip.receive(/^SIP\/2\.0 404.*CSeq: 1 INVITE/s), /404/);
			request(sip, "INVITE", "sip:hello@example.com");
			const answer = await sip.receive(/^SIP\/2\.0 200.*CSeq: 1 INVITE/s);
			const tag = /tag=([^;\s]+)/.exec(header(answer, "To"))?.[1];
			request(sip, "ACK", "sip:hello@example.com", `;tag=${tag}`);
			request(sip, "BYE", "sip:hello@example.com", `;tag=${tag}`);
			match(await sip.receive(/CSeq: 2 BYE/), /^SIP\/2\.0 200/);
			await until(() => output.includes("hung up"), { what: "the end told" });
		} finally {
			sip.close();
		}
	});

	it("has rooms beside them, which the operator's command administers", async () => {
		const password = join(directory, "password");
		writeFileSync(password, "alice-pw\n");
		await operator("policy", "set", "everybody", "on");
		await operator("user", "add", "alice", "--password-file", password);
		await operator("category", "add", "All", "--allow", "domain:example.com");
		await operator(
			...["room", "add", "Shift", "--category", "All", "--privacy", "open"],
			...["--manager", "alice"],
		);
		const alice = await signIn(server, "alice");
		try {
			const room = await alice.chat.roomNamed("Shift");
			ok(room);
			await alice.chat.join(room.uri);
			await alice.chat.post(room.uri, "beside calls");
			await alice.heard(1);
		} finally {
			await alice.chat.close();
		}
	});

	it("says at its web door that it can serve", async () => {
		const web = /"web":"([^"]+)"/.exec(output)?.[1];
		const { status } = await fetch(`${web}/health/ready`);
		equal(status, 200);
	});

	it("takes its leave when it is told to end", async () => {
		await program.stop("SIGTERM");
		equal(await program.ended, 0, output);
	});

	it("is what the README and docs/embed.md show of it", () => {
		const example = read("examples/embed.ts");
		const plain = (text: string) =>
			text.replace(/\s+/g, "").replaceAll(",)", ")");
		const snippet = /```ts\n(import Srf.*?)```/s.exec(read("README.md"))?.[1];
		ok(snippet);
		const shared = snippet
			.split("\n")
			.filter((line) =>
				/^(import|srf\.on|const (srf|log)|const chat)/.test(line),
			);
		equal(shared.length, 7);
		for (const line of shared) {
			ok(plain(example).includes(plain(line)), `the README alone has: ${line}`);
		}
		for (const [, code = ""] of read("docs/embed.md").matchAll(
			/```ts\n(.*?)```/gs,
		)) {
			for (const line of code.split("\n")) {
				ok(example.includes(line.trim()), `docs/embed.md alone has: ${line}`);
			}
		}
	});
});
