/** docs/operate.md: its commands, in its order, on a service whose SIP server is the embedded edge. */
import { match, ok } from "node:assert/strict";
import { execFile } from "node:child_process";
import {
	existsSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Program, start } from "../support/processes.ts";
import { freePort } from "../support/service.ts";
import { until } from "../support/until.ts";
import { stepsOf } from "./console-blocks.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const tsx = join(root, "node_modules/tsx/dist/esm/index.mjs");
const page = readFileSync(join(root, "docs/operate.md"), "utf8");
const run = promisify(execFile);

describe("docs/operate.md", function () {
	// A process for each of its commands.
	this.timeout(300_000);
	const directory = mkdtempSync(join(tmpdir(), "persistent-chat-operate-"));
	let program: Program | undefined;

	afterEach(() => program?.stop("SIGKILL"));
	after(() => rmSync(directory, { recursive: true }));

	it("can be followed to the letter, with the commands as written", async () => {
		const command = join(directory, "persistent-chat");
		writeFileSync(
			command,
			`#!/bin/sh\nexec '${process.execPath}' --import '${tsx}' '${join(root, "cli/main.ts")}' "$@"\n`,
			{ mode: 0o755 },
		);
		const webPort = await freePort();
		const env: NodeJS.ProcessEnv = {
			...process.env,
			PATH: `${directory}:${process.env.PATH}`,
			PERSISTENT_CHAT_DEMO: "false",
			PERSISTENT_CHAT_EDGE_SIP_PORT: "0",
			PERSISTENT_CHAT_EDGE_WS_PORT: "0",
			PERSISTENT_CHAT_EDGE_CONTROL_PORT: "0",
			PERSISTENT_CHAT_WEB_PORT: String(webPort),
		};
		const [, settings] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
		ok(settings);
		const config = join(directory, "persistent-chat.yaml");
		writeFileSync(config, settings);
		program = start(
			process.execPath,
			["--import", tsx, join(root, "app.ts"), "--config", config],
			{ cwd: directory, stdio: ["ignore", "pipe", "pipe"], env },
		);
		let output = "";
		for (const stream of [program.child.stdout, program.child.stderr]) {
			stream?.on("data", (text) => {
				output += text;
			});
		}
		const port = await until(() => /tcp 127\.0\.0\.1:(\d+)/.exec(output)?.[1], {
			what: "the banner",
			withinMs: 60_000,
		});
		const steps = stepsOf(page);
		ok(steps.length >= 18);
		for (const { typed, seen } of steps) {
			ok("command" in typed);
			const asTyped = typed.command
				.replaceAll(":8080", `:${webPort}`)
				.replaceAll(":5070", `:${port}`);
			const { stdout } = await run("/bin/sh", ["-ec", asTyped], {
				cwd: directory,
				env,
			});
			const lines = stdout.split("\n");
			for (const [index, pattern] of seen.entries()) {
				match(lines[index] ?? "", pattern, typed.command);
			}
		}
	});

	it("leads to pages that are there", () => {
		for (const [, link = ""] of page.matchAll(/\]\(([^)#]+)[^)]*\)/g)) {
			ok(
				existsSync(join(root, "docs", dirname(link), link.replace(/.*\//, ""))),
				link,
			);
		}
	});
});
