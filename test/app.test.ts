/** The application as a user starts it: what it says, what it keeps, how it ends. */
import { deepEqual, equal, match } from "node:assert/strict";
import { once } from "node:events";
import {
	existsSync,
	mkdtempSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { silenceConsole } from "../library-console.ts";
import { makeDatabase, openStore } from "../plugin/store/index.ts";
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

describe("npm start", () => {
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
					PERSISTENT_CHAT_WEB_PORT: "0",
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
		match(first.output(), /alice, bob, carol, dave, erin .*alice-pw/);
		match(first.output(), /npm run chat -- --as alice --room Lobby/);
		const web = /web +(http:\/\/127\.0\.0\.1:\d+)/.exec(first.output())?.[1];
		const readiness = await fetch(`${web}/health/ready`);
		equal(readiness.status, 200, await readiness.text());
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
		const second = run([], {
			PERSISTENT_CHAT_EDGE_SIP_PORT: port,
			PERSISTENT_CHAT_DATABASE_FILE: join(directory, "other.sqlite"),
		});
		equal(await second.program.ended, 1);
		match(
			second.errors(),
			/^Not started: .*EADDRINUSE.*PERSISTENT_CHAT_EDGE_SIP_PORT.*PERSISTENT_CHAT_DATABASE_FILE/,
		);
	});

	it("says what is wrong with the web door's port and certificate", async () => {
		const first = run();
		await ready(first);
		const port = /web +http:\/\/127\.0\.0\.1:(\d+)/.exec(first.output())?.[1];
		const taken = run([], {
			PERSISTENT_CHAT_WEB_PORT: port ?? "",
			PERSISTENT_CHAT_DATABASE_FILE: join(directory, "taken.sqlite"),
		});
		equal(await taken.program.ended, 1);
		match(
			taken.errors(),
			/^Not started: .*EADDRINUSE.*PERSISTENT_CHAT_WEB_PORT/,
		);
		const bare = run([], {
			PERSISTENT_CHAT_WEB_TLS_CERT: join(directory, "none.pem"),
			PERSISTENT_CHAT_WEB_TLS_KEY: join(directory, "none.pem"),
			PERSISTENT_CHAT_DATABASE_FILE: join(directory, "bare-tls.sqlite"),
		});
		equal(await bare.program.ended, 1);
		match(
			bare.errors(),
			/^Not started: HTTPS cannot be served: .*web\.tls\.cert/,
		);
	});

	it("leaves a database alone that another process has, and takes over a dead one's", async () => {
		const file = join(directory, "data/chat.sqlite");
		const first = run();
		await ready(first);
		equal(statSync(file).mode & 0o777, 0o600);
		equal(statSync(join(directory, "data")).mode & 0o777, 0o700);
		const second = run();
		equal(await second.program.ended, 1);
		match(
			second.errors(),
			new RegExp(
				`^Not started: .*chat\\.sqlite is in use by process ${first.program.child.pid}.*PERSISTENT_CHAT_DATABASE_FILE`,
			),
		);
		await first.program.stop("SIGKILL");
		equal(existsSync(`${file}.lock`), true);
		const third = run();
		await ready(third);
		await third.program.stop("SIGTERM");
		equal(await third.program.ended, 0);
		equal(existsSync(`${file}.lock`), false);
	});

	it("prints commands that reach it, and warns when the demo is open to the network", async () => {
		const app = run([], {
			PERSISTENT_CHAT_SERVICE_DOMAIN: "b.example",
			PERSISTENT_CHAT_EDGE_HOST: "0.0.0.0",
			PERSISTENT_CHAT_DATABASE_FILE: join(directory, "b.sqlite"),
		});
		await ready(app);
		await until(() => app.output().includes("--as bob"), { what: "the end" });
		match(
			app.output(),
			/--as alice --room Lobby --domain b\.example --server "sip:127\.0\.0\.1:\d+;transport=tcp"/,
		);
		match(app.output(), /WARNING: .*0\.0\.0\.0/);
	});

	it("makes and prints no demo where it is not wanted", async () => {
		const app = run([], {
			PERSISTENT_CHAT_DEMO: "false",
			PERSISTENT_CHAT_DATABASE_FILE: join(directory, "bare.sqlite"),
		});
		await ready(app);
		equal(/--as|alice/.test(app.output()), false, app.output());
	});

	it("ends cleanly when no SIP server was ever reached", async () => {
		const app = run([], {
			PERSISTENT_CHAT_DRACHTIO_HOST: "127.0.0.1",
			PERSISTENT_CHAT_DRACHTIO_PORT: "1",
			PERSISTENT_CHAT_COMPLIANCE: "off",
		});
		await until(() => app.errors().includes("not reachable"), {
			what: "the first attempt",
		});
		await app.program.stop("SIGTERM");
		equal(await app.program.ended, 0);
		equal(/not closed|Assertion/.test(app.errors()), false, app.errors());
	});

	it("does not start with a SIP server that is too old, and says which it needs", async () => {
		const server = createServer((socket) => {
			socket.once("data", (bytes) => {
				const [, id] = /#([^|]+)\|authenticate\|/.exec(`${bytes}`) ?? [];
				const answer = `1|response|${id}|OK|udp/127.0.0.1:5060|v0.8.26|`;
				socket.write(`${answer.length}#${answer}`);
			});
			socket.on("error", () => {});
		});
		await once(server.listen(0, "127.0.0.1"), "listening");
		const app = run([], {
			PERSISTENT_CHAT_DRACHTIO_HOST: "127.0.0.1",
			PERSISTENT_CHAT_DRACHTIO_PORT: String(
				(server.address() as AddressInfo).port,
			),
			PERSISTENT_CHAT_COMPLIANCE: "off",
		});
		equal(await app.program.ended, 1);
		match(app.errors(), /Not started: .*v0\.8\.26.*0\.9\.0 or later/);
		server.close();
	});

	it("says what is wrong when the database is no database", async () => {
		const file = join(directory, "text");
		writeFileSync(file, "no database ".repeat(1_000));
		const app = run([], { PERSISTENT_CHAT_DATABASE_FILE: file });
		equal(await app.program.ended, 1);
		match(
			app.errors(),
			/Not started: .*file is not a database.*PERSISTENT_CHAT_DATABASE_FILE/,
		);
	});

	it("does not start on the schema of a newer version, and says so in words", async () => {
		const file = join(directory, "newer.sqlite");
		const knex = makeDatabase({ client: "sqlite", file });
		await openStore(knex);
		await knex("knex_migrations").insert({ name: "9999_other", batch: 9 });
		await knex.destroy();
		const app = run([], { PERSISTENT_CHAT_DATABASE_FILE: file });
		equal(await app.program.ended, 1);
		match(
			app.errors(),
			/^Not started: The database's schema is that of a newer version: this one does not know 9999_other/,
		);
	});

	it("logs that a library wrote to the console, and nothing of what", () => {
		const lines: unknown[] = [];
		const quiet = { ...console };
		let now = 0;
		silenceConsole(quiet, { warn: (...line) => lines.push(line) }, () => now);
		quiet.error(new TypeError("secret"), "unable to parse: secret");
		quiet.log("secret");
		now = 10_000;
		quiet.warn("secret");
		const text = "a library wrote to the console; its text is not logged";
		deepEqual(lines, [
			[{ errors: ["TypeError"], unsaid: 0 }, text],
			[{ errors: [], unsaid: 1 }, text],
		]);
	});
});
