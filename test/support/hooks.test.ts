/** The leak check says no: a test that leaves something open fails, and one that does not passes. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { start } from "./processes.ts";

const hooks = join(import.meta.dirname, "hooks.ts");
const mocha = join(
	dirname(createRequire(import.meta.url).resolve("mocha/package.json")),
	"bin",
	"mocha.js",
);

describe("the leak check", () => {
	let directory: string;
	after(() => rmSync(directory, { recursive: true }));

	const outcome = async (name: string, body: string) => {
		const file = join(directory, `${name}.test.mjs`);
		const lines = [
			`import { createServer } from "node:net";`,
			`import { spawn } from "node:child_process";`,
			`import { track } from ${JSON.stringify(hooks)};`,
			`it("does something", async () => { ${body} });`,
		];
		writeFileSync(file, lines.join("\n"));
		const program = start(
			process.execPath,
			[mocha, "--no-config", "--exit", "-n", "import=tsx", "-r", hooks, file],
			{ stdio: ["ignore", "pipe", "pipe"], env: { ...process.env } },
		);
		let output = "";
		program.child.stdout?.on("data", (text) => {
			output += text;
		});
		const status = await program.ended;
		await program.stop("SIGKILL");
		return { status, output };
	};

	const leaks = {
		"a server": "createServer().listen(0)",
		"a child process": `spawn("sleep", ["60"])`,
		"a timer": "setInterval(() => {}, 1e6)",
		"a tracked resource": `track("my session", () => true)`,
	};
	const outcomes = new Map<string, ReturnType<typeof outcome>>();
	before("runs them side by side", async () => {
		directory = mkdtempSync(join(tmpdir(), "persistent-chat-leak-"));
		for (const [what, body] of Object.entries(leaks)) {
			outcomes.set(what, outcome(what, body));
		}
		await Promise.all(outcomes.values());
	});
	for (const what of Object.keys(leaks)) {
		it(`fails a test that leaves ${what}`, async () => {
			const { status, output } = (await outcomes.get(what)) ?? {};
			assert.notEqual(status, 0);
			assert.match(output ?? "", /Left open: .*(Wrap|Timeout|my session)/);
		});
	}

	it("passes a test that closes what it opened, a little later", async () => {
		const { status, output } = await outcome(
			"nothing",
			`const server = createServer().listen(0); track("it", () => server.listening); setTimeout(() => server.close(), 100)`,
		);
		assert.equal(status, 0, output);
	});
});
