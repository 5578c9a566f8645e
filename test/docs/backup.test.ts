/** docs/backup.md, done as it says for SQLite: what was said and recorded before is there after, and what came later is not. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { rooms, signIn } from "../support/people.ts";
import { type Program, start } from "../support/processes.ts";
import { until } from "../support/until.ts";
import { stepsOf } from "./console-blocks.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const tsx = ["--import", join(root, "node_modules/tsx/dist/esm/index.mjs")];
const run = promisify(execFile);

describe("docs/backup.md", () => {
	const directory = mkdtempSync(join(tmpdir(), "persistent-chat-backup-"));
	const steps = stepsOf(readFileSync(join(root, "docs/backup.md"), "utf8"));
	const environment = {
		...process.env,
		PERSISTENT_CHAT_EDGE_SIP_PORT: "0",
		PERSISTENT_CHAT_EDGE_WS_PORT: "0",
		PERSISTENT_CHAT_EDGE_CONTROL_PORT: "0",
		PERSISTENT_CHAT_WEB_ENABLED: "false",
		PERSISTENT_CHAT_COMPLIANCE: "jsonl",
	};
	const programs: Program[] = [];

	after(async () => {
		for (const program of programs) await program.stop("SIGKILL");
		rmSync(directory, { recursive: true });
	});

	/** The service in that folder, until it is ready. */
	async function serve() {
		const program = start(process.execPath, [...tsx, join(root, "app.ts")], {
			cwd: directory,
			stdio: ["ignore", "pipe", "pipe"],
			env: environment,
		});
		programs.push(program);
		let output = "";
		for (const stream of [program.child.stdout, program.child.stderr]) {
			stream?.on("data", (text) => {
				output += text;
			});
		}
		const port = await until(() => /tcp 127\.0\.0\.1:(\d+)/.exec(output)?.[1], {
			what: "the service",
			withinMs: 30_000,
		}).catch((error) => {
			throw new Error(`${error.message}: ${output}`);
		});
		return { program, server: () => `sip:127.0.0.1:${port};transport=tcp` };
	}

	async function type(terminal: "backup" | "restore"): Promise<void> {
		const own = steps.filter((step) => step.terminal === terminal);
		ok(own.length >= 3);
		for (const { typed, seen } of own) {
			ok("command" in typed);
			const { stdout } = await run("/bin/sh", ["-c", typed.command], {
				cwd: directory,
			});
			const lines = stdout.split("\n").filter((line) => line !== "");
			equal(lines.length, seen.length, typed.command);
			for (const [index, pattern] of seen.entries()) {
				match(lines[index] ?? "", pattern);
			}
		}
	}

	async function said(node: Awaited<ReturnType<typeof serve>>) {
		const { chat } = await signIn(node, "bob");
		await chat.join(rooms.lobby);
		const texts = (await chat.history(rooms.lobby, 10)).map(({ text }) => text);
		await chat.close();
		return texts;
	}

	async function say(node: Awaited<ReturnType<typeof serve>>, text: string) {
		const { chat } = await signIn(node, "alice");
		await chat.join(rooms.lobby);
		await chat.post(rooms.lobby, text);
		await chat.close();
	}

	/** Empty while nothing is signed. */
	const verify = () =>
		run(
			process.execPath,
			[...tsx, join(root, "cli/main.ts"), "compliance", "verify"],
			{ cwd: directory, env: environment },
		).then(
			({ stdout }) => stdout,
			() => "",
		);

	it("brings back what was there, for SQLite as written", async () => {
		const first = await serve();
		await say(first, "before");
		await type("backup");
		await say(first, "after");
		deepEqual(await said(first), ["before", "after"]);
		await first.program.stop("SIGTERM");
		await type("restore");
		const second = await serve();
		deepEqual(await said(second), ["before"]);
		await say(second, "again");
		// The restored archive is still the first process's for a moment.
		await until(async () => /verdict +sound/.test(await verify()), {
			what: "an archive that is sound",
			withinMs: 30_000,
		});
		await second.program.stop("SIGTERM");
	});

	it("speaks of no file that the settings put elsewhere", () => {
		const page = readFileSync(join(root, "docs/backup.md"), "utf8");
		const settings = readFileSync(join(root, "docs/settings.md"), "utf8");
		for (const path of [
			"data/files",
			"data/compliance-files",
			"data/compliance-key.pem",
			"data/persistent-chat.sqlite",
			"data/compliance.sqlite",
		]) {
			ok(page.includes(path), path);
			ok(settings.includes(`"./${path}"`), path);
		}
	});
});
