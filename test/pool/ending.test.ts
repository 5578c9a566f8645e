/** The application ends when it is told to, whatever of compliance does not answer: status 0, within the 10 s that it may take. */
import { doesNotMatch, equal, ok } from "node:assert/strict";
import {
	existsSync,
	mkdirSync,
	mkdtempSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Transport } from "../support/chat-node.ts";
import { freshMysql } from "../support/databases.ts";
import { rooms, signIn } from "../support/people.ts";
import { type Program, start } from "../support/processes.ts";
import { startMariadb, startRedis } from "../support/services.ts";
import { until } from "../support/until.ts";
import type { Stubbornness } from "./stubborn-adapter.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const adapterFile = fileURLToPath(
	new URL("stubborn-adapter.ts", import.meta.url),
);
const endMs = 10_000;

interface End {
	readonly status: number | null;
	readonly tookMs: number;
	readonly errors: string;
}

interface Running {
	readonly program: Program;
	/** What it has logged. */
	errors(): string;
	server(transport: Transport): string;
}

describe("the application told to end (mysql)", () => {
	const directory = mkdtempSync(join(tmpdir(), "persistent-chat-ending-"));
	/** Undone at the end, the last first. */
	const undo: (() => unknown)[] = [];
	let runs = 0;

	/** In the order of the situations. */
	let ends: readonly End[] = [];

	before(async function () {
		this.timeout(180_000);
		// To start takes the processor, to end only time: all are there before the first is told to.
		const apps = await Promise.all(situations.map(({ begin }) => begin()));
		ends = await Promise.all(apps.map(end));
	});
	after(async function () {
		this.timeout(60_000);
		for (const each of undo.splice(0).reverse()) await each();
		rmSync(directory, { recursive: true });
	});

	/** Ready; each of the adapters has been given a post. Without any there is one that is never asked. */
	async function running(
		kinds: readonly Stubbornness["how"][],
		compliance: object = {},
	): Promise<Running> {
		runs += 1;
		const place = join(directory, String(runs));
		mkdirSync(place);
		const adapters = kinds.map((how, index) => ({
			...{ use: adapterFile, name: `adapter-${index}`, runIntervalMs: 100 },
			options: { how, file: join(place, `delivering-${index}`) },
		}));
		const jsonl = {
			use: "jsonl",
			options: { directory: join(place, "jsonl") },
		};
		const configuration = join(place, "settings.json");
		writeFileSync(
			configuration,
			JSON.stringify({
				compliance: {
					adapters: adapters.length > 0 ? adapters : [jsonl],
					database: { file: join(place, "compliance.sqlite") },
					files: join(place, "files"),
					signingKey: join(place, "key.pem"),
					...compliance,
				},
			}),
		);
		const app = startApp(place, configuration);
		await until(() => app.output().includes("is ready"), {
			what: "the banner",
			withinMs: 90_000,
		});
		if (kinds.length > 0) await post(app);
		await until(
			() => adapters.every(({ options }) => existsSync(options.file)),
			{ what: "deliveries", withinMs: 60_000 },
		);
		return app;
	}

	function startApp(place: string, configuration: string) {
		const program = start(
			process.execPath,
			["--import", "tsx", "app.ts", "--config", configuration],
			{
				cwd: root,
				stdio: ["ignore", "pipe", "pipe"],
				env: {
					...process.env,
					PERSISTENT_CHAT_EDGE_SIP_PORT: "0",
					PERSISTENT_CHAT_EDGE_WS_PORT: "0",
					PERSISTENT_CHAT_WEB_PORT: "0",
					PERSISTENT_CHAT_EDGE_CONTROL_PORT: "0",
					PERSISTENT_CHAT_DATABASE_FILE: join(place, "chat.sqlite"),
				},
			},
		);
		undo.push(() => program.stop("SIGKILL"));
		let output = "";
		let errors = "";
		program.child.stdout?.on("data", (text) => {
			output += text;
		});
		program.child.stderr?.on("data", (text) => {
			errors += text;
		});
		return {
			program,
			output: () => output,
			errors: () => errors,
			server: (transport: Transport) =>
				`sip:${new RegExp(`${transport} (127\\.0\\.0\\.1:\\d+)`).exec(output)?.[1]};transport=${transport}`,
		};
	}

	async function post(app: Running): Promise<void> {
		const alice = await signIn(app, "alice");
		undo.push(() => alice.chat.close());
		await alice.chat.join(rooms.lobby);
		await alice.chat.post(rooms.lobby, "before the end");
	}

	async function end({ program, errors }: Running): Promise<End> {
		const begunAt = performance.now();
		ok(program.child.pid);
		process.kill(program.child.pid, "SIGTERM");
		const status = await program.ended;
		const tookMs = performance.now() - begunAt;
		return { status, tookMs, errors: errors() };
	}

	const situations: readonly {
		readonly title: string;
		begin(): Promise<Running>;
	}[] = [
		{
			title:
				"ends with adapters that heed no abort, and whose close rejects, throws or never ends",
			begin: () =>
				running([
					"heedless",
					"close rejects",
					"close throws",
					"close never ends",
				]),
		},
		{
			title: "ends with the compliance database frozen",
			async begin() {
				const { server, url } = await archiveServer();
				const app = await running(["close never ends"], { database: { url } });
				freeze(server.processId);
				await post(app);
				return app;
			},
		},
		{
			title: "ends with Redis refused and an adapter that heeds no abort",
			async begin() {
				const redis = await redisServer();
				const app = await running(["heedless"], { redis: redis.url });
				await redis.kill();
				await post(app);
				return app;
			},
		},
		{
			title: "ends with the compliance database refused and Redis frozen",
			async begin() {
				const [{ server, url }, redis] = await Promise.all([
					archiveServer(),
					redisServer(),
				]);
				const compliance = { database: { url }, redis: redis.url };
				const app = await running(["close rejects"], compliance);
				await server.kill();
				freeze(redis.processId);
				await post(app);
				return app;
			},
		},
		{
			title:
				"ends, and has begun, with Redis refused and the compliance database frozen",
			async begin() {
				const [{ server, url }, redis] = await Promise.all([
					archiveServer(),
					redisServer(),
				]);
				await redis.kill();
				freeze(server.processId);
				const app = await running([], { database: { url }, redis: redis.url });
				await post(app);
				return app;
			},
		},
	];

	for (const [index, { title }] of situations.entries()) {
		it(title, () => {
			const { status, tookMs, errors } = ends[index] ?? {};
			equal(status, 0, errors);
			ok(tookMs !== undefined && tookMs < endMs, `${tookMs} ms`);
			doesNotMatch(errors ?? "", /a fault of this program|not closed in time/);
		});
	}

	async function archiveServer() {
		const server = await startMariadb();
		undo.push(() => server.stop());
		const { description } = await freshMysql(server.url);
		ok(description.client === "mysql");
		return { server, url: description.url };
	}

	async function redisServer() {
		const redis = await startRedis();
		undo.push(() => redis.stop());
		return redis;
	}

	function freeze(pid: number): void {
		process.kill(pid, "SIGSTOP");
		undo.push(() => process.kill(pid, "SIGCONT"));
	}
});
