/** The application as a user starts it: what it says, what it keeps, how it ends. */
import { deepEqual, equal, match } from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Transport } from "./support/chat-node.ts";
import { rooms, signIn } from "./support/people.ts";
import { type Program, start } from "./support/processes.ts";
import { until } from "./support/until.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

interface Running {
	readonly program: Program;
	output(): string;
	errors(): string;
	server(transport: Transport): string;
}

describe("npm start", function () {
	this.timeout(30_000);
	const directory = mkdtempSync(join(tmpdir(), "persistent-chat-app-"));
	const programs: Program[] = [];

	afterEach(async () => {
		for (const program of programs.splice(0)) await program.stop("SIGKILL");
	});
	after(() => rmSync(directory, { recursive: true }));

	function run(
		args: readonly string[] = [],
		environment: Record<string, string> = {},
	): Running {
		const program = start(
			process.execPath,
			["--import", "tsx", "app.ts", ...args],
			{
				cwd: root,
				stdio: ["ignore", "pipe", "pipe"],
				env: {
					...process.env,
					PERSISTENT_CHAT_EDGE_SIP_PORT: "0",
					PERSISTENT_CHAT_EDGE_WS_PORT: "0",
					PERSISTENT_CHAT_EDGE_CONTROL_PORT: "0",
					PERSISTENT_CHAT_DATABASE_FILE: join(directory, "data/chat.sqlite"),
					...environment,
				},
			},
		);
		programs.push(program);
		let output = "";
		let errors = "";
		program.child.stdout?.on("data", (text) => {
			output += text;
		});
		program.child.stderr?.on("data", (text) => {
			errors += text;
		});
		const address = (transport: string) =>
			new RegExp(`${transport} (127\\.0\\.0\\.1:\\d+)`).exec(output)?.[1];
		return {
			program,
			output: () => output,
			errors: () => errors,
			server: (transport) =>
				transport === "ws"
					? `ws://${address("ws")}`
					: `sip:${address(transport)};transport=${transport}`,
		};
	}

	const ready = (app: Running) =>
		until(() => app.output().includes("is ready"), {
			what: `the banner (${app.errors()})`,
		});

	it("says where it listens, who may sign in and how to chat; keeps the history over a restart", async () => {
		const first = run();
		await ready(first);
		await until(() => first.output().includes("--as bob"), { what: "the end" });
		match(first.output(), /udp 127\.0\.0\.1:\d+, tcp 127\.0\.0\.1:\d+, ws /);
		match(first.output(), /alice, bob, carol, dave .*alice-pw/);
		match(first.output(), /npm run chat -- --as alice --room Lobby/);
		const alice = await signIn(first, "alice");
		await alice.chat.join(rooms.lobby);
		await alice.chat.post(rooms.lobby, "for ever");
		await first.program.stop("SIGTERM");
		equal(await first.program.ended, 0, first.errors());
		await alice.chat.close();

		const second = run();
		await ready(second);
		const bob = await signIn(second, "bob", "ws");
		const room = await bob.chat.join(rooms.lobby);
		deepEqual(
			[...room.people.values()].map(({ name }) => name),
			["Bob"],
		);
		deepEqual(
			(await bob.chat.history(rooms.lobby, 10)).map(({ text }) => text),
			["for ever"],
		);
		await bob.chat.close();
		await second.program.stop("SIGINT");
		equal(await second.program.ended, 0, second.errors());
	});

	it("lists its settings", async () => {
		const app = run(["--help"]);
		equal(await app.program.ended, 0);
		match(app.output(), /PERSISTENT_CHAT_DATABASE_URL/);
	});

	it("refuses what it does not know, all at once", async () => {
		const app = run([], {
			PERSISTENT_CHAT_EDGE_SIP_PORTS: "1",
			PERSISTENT_CHAT_LOG_LEVEL: "loud",
		});
		equal(await app.program.ended, 2);
		match(app.errors(), /SIP_PORTS: there is no such setting/);
		match(app.errors(), /log\.level/);
		const flag = run(["--prot"]);
		equal(await flag.program.ended, 2);
		match(flag.errors(), /--prot/);
	});

	it("says which port is taken and what to do", async () => {
		const first = run();
		await ready(first);
		const port = /tcp 127\.0\.0\.1:(\d+)/.exec(first.output())?.[1] ?? "";
		const second = run([], { PERSISTENT_CHAT_EDGE_SIP_PORT: port });
		equal(await second.program.ended, 1);
		match(second.errors(), /EADDRINUSE[\s\S]*PERSISTENT_CHAT_EDGE_SIP_PORT/);
	});

	it("says what is wrong when the database is no database", async () => {
		const app = run([], { PERSISTENT_CHAT_DATABASE_FILE: "package.json" });
		equal(await app.program.ended, 1);
		match(app.errors(), /Not started: /);
	});
});
