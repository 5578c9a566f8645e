/** docs/ethical-wall.md, done as it says: its commands, in its order, with what it says is to be seen. */
import { equal } from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Program, start } from "../support/processes.ts";
import { until } from "../support/until.ts";
import { type Step, stepsOf } from "./console-blocks.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { scripts } = JSON.parse(
	readFileSync(join(root, "package.json"), "utf8"),
) as { scripts: Record<string, string> };

interface Terminal {
	readonly program: Program;
	/** Every line so far. */
	lines(): readonly string[];
	/** How many of them have been looked at. */
	looked: number;
}

describe("docs/ethical-wall.md", function () {
	this.timeout(180_000);
	const directory = mkdtempSync(join(tmpdir(), "persistent-chat-wall-"));
	const terminals = new Map<string, Terminal>();
	let server = "";

	afterEach(async () => {
		for (const { program } of terminals.values()) await program.stop("SIGKILL");
	});
	after(() => rmSync(directory, { recursive: true }));

	function run(command: string): Terminal {
		// As npm does it, without the lines that it writes and the second that it takes.
		const script = command
			.replace(/\bnpm start\b/, scripts.start ?? "")
			.replace(/\bnpm run (\w+) --/, (_, name) => scripts[name] ?? "");
		const program = start("/bin/sh", ["-c", script], {
			cwd: root,
			stdio: ["pipe", "pipe", "pipe"],
			env: {
				...process.env,
				CHAT_SERVER: server,
				PERSISTENT_CHAT_EDGE_SIP_PORT: "0",
				PERSISTENT_CHAT_EDGE_WS_PORT: "0",
				PERSISTENT_CHAT_WEB_PORT: "0",
				PERSISTENT_CHAT_EDGE_CONTROL_PORT: "0",
				PERSISTENT_CHAT_DATABASE_FILE: join(directory, "wall.sqlite"),
			},
		});
		let output = "";
		for (const stream of [program.child.stdout, program.child.stderr]) {
			stream?.on("data", (text) => {
				output += text;
			});
		}
		return {
			program,
			lines: () => output.split("\n").slice(0, -1),
			looked: 0,
		};
	}

	/** Waits for the lines, one after another, with nothing else in between. */
	async function look({ terminal, seen }: Step, at: Terminal): Promise<void> {
		for (const pattern of seen) {
			const line = await until(() => at.lines()[at.looked], {
				what: `${pattern} in ${terminal}'s terminal`,
				withinMs: 20_000,
			});
			equal(
				pattern.test(line),
				true,
				`${terminal} sees "${line}", not ${pattern}`,
			);
			at.looked += 1;
		}
	}

	it("can be followed to the letter", async () => {
		const steps = stepsOf(
			readFileSync(join(root, "docs/ethical-wall.md"), "utf8"),
		);
		equal(steps.length >= 20, true);
		for (const step of steps) {
			const { terminal, typed } = step;
			const before = terminals.get(terminal);
			if ("command" in typed) {
				await before?.program.ended;
				const here = run(typed.command);
				terminals.set(terminal, here);
				await look(step, here);
				if (terminal === "service") server = await addressOf(here);
				if (terminal !== "operator") continue;
				here.program.child.stdin?.end();
				await here.program.ended;
				equal(here.lines().slice(here.looked).join("\n"), "");
			} else if (before !== undefined) {
				if (typed.line !== "")
					before.program.child.stdin?.write(`${typed.line}\n`);
				await look(step, before);
			}
		}
		for (const [terminal, { program, lines, looked }] of terminals) {
			if (terminal === "service") continue;
			await program.ended;
			const rest = lines().slice(looked).join("\n");
			equal(rest.trim(), "", `${terminal} sees more`);
		}
		const service = terminals.get("service");
		equal(existsSync(join(directory, "wall.sock")), true);
		await service?.program.stop("SIGTERM");
		equal(existsSync(join(directory, "wall.sock")), false);
	});

	async function addressOf(service: Terminal): Promise<string> {
		const port = await until(
			() => /tcp 127\.0\.0\.1:(\d+)/.exec(service.lines().join("\n"))?.[1],
			{ what: "the banner" },
		);
		return `sip:127.0.0.1:${port};transport=tcp`;
	}
});
