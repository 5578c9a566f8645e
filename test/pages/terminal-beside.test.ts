/** What a new user sees first: one product started as the README says, a browser at its page and a terminal beside it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { type Program, start } from "../support/processes.ts";
import { until } from "../support/until.ts";
import {
	buildPages,
	enterRoom,
	openPage,
	signIn,
	startBrowser,
	write,
} from "./chat-browser.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

interface Talking {
	readonly program: Program;
	output(): string;
}

describe("One product, a page and a terminal", function () {
	this.timeout(120_000);
	const directory = mkdtempSync(join(tmpdir(), "persistent-chat-both-"));
	const programs: Program[] = [];
	let browser: Browser;

	before(async () => {
		buildPages();
		browser = await startBrowser();
	});
	afterEach(async () => {
		for (const program of programs.splice(0)) await program.stop();
	});
	after(async () => {
		await browser?.close();
		rmSync(directory, { recursive: true });
	});

	function run(
		script: string,
		args: readonly string[],
		environment: Record<string, string> = {},
	): Talking {
		const program = start(
			process.execPath,
			["--import", "tsx", script, ...args],
			{
				cwd: root,
				stdio: ["pipe", "pipe", "inherit"],
				env: { ...process.env, ...environment },
			},
		);
		programs.push(program);
		let output = "";
		program.child.stdout?.on("data", (text) => {
			output += text;
		});
		return { program, output: () => output };
	}

	const found = (from: Talking, pattern: RegExp) =>
		until(() => pattern.exec(from.output())?.[1], {
			what: `${pattern}`,
			withinMs: 30_000,
		});

	it("talk with each other, see each other come and go, and have one history", async () => {
		const product = run("app.ts", [], {
			PERSISTENT_CHAT_EDGE_SIP_PORT: "0",
			PERSISTENT_CHAT_EDGE_WS_PORT: "0",
			PERSISTENT_CHAT_WEB_PORT: "0",
			PERSISTENT_CHAT_EDGE_CONTROL_PORT: "0",
			PERSISTENT_CHAT_DATABASE_FILE: join(directory, "chat.sqlite"),
		});
		const web = await found(product, /web +(http:\S+)/);
		const sip = await found(product, /tcp (127\.0\.0\.1:\d+)/);
		const { page } = await openPage(browser, web);
		await signIn(page, "alice");
		await enterRoom(page, "Lobby");
		await write(page, "Is anybody at a terminal?");

		const terminal = run("client/terminal/main.ts", [
			...["--as", "bob", "--room", "Lobby"],
			...["--server", `sip:${sip};transport=tcp`],
		]);
		await found(terminal, /Alice: (Is anybody at a terminal\?)/);
		const people = page.getByRole("complementary", { name: "People" });
		await people.getByText("Who is here (2)").waitFor();
		terminal.program.child.stdin?.write("I am, and I read <b>you</b>\n");
		await page.getByText("I am, and I read <b>you</b>").waitFor();
		await write(page, "Good: 漢字 & all");
		await found(terminal, /Alice: (Good: 漢字 & all)/);

		terminal.program.child.stdin?.end();
		await terminal.program.ended;
		await people.getByText("Who is here (1)").waitFor();
		await page.reload();
		for (const said of ["Is anybody at a terminal?", "I am, and", "Good: "]) {
			await page.locator(".message .text", { hasText: said }).waitFor();
		}
	});
});
