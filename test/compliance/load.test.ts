/** Finding adapters that are packages, as others publish them, and saying truthfully why one is not loaded. */
import { ok, rejects } from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeAdapter } from "../../plugin/compliance/load.ts";
import { delivery } from "../adapters/delivery.ts";

const source = "export default async () => ({ deliver: async () => {} });";

describe("an adapter by the name of its package", () => {
	const started = process.cwd();
	let directory: string;

	beforeEach(() => {
		directory = mkdtempSync(join(tmpdir(), "persistent-chat-load-"));
		process.chdir(directory);
	});
	afterEach(() => {
		process.chdir(started);
		rmSync(directory, { recursive: true });
	});

	function install(name: string, manifest: object, text = source): void {
		const home = join(directory, "node_modules", name);
		mkdirSync(home, { recursive: true });
		writeFileSync(
			join(home, "package.json"),
			JSON.stringify({ name, type: "module", ...manifest }),
		);
		writeFileSync(join(home, "adapter.js"), text);
	}
	const load = (use: string) =>
		makeAdapter({ use, name: "mine" } as never, {}, delivery().log);

	for (const [what, use, manifest] of [
		[
			"exports for import only",
			"import-only",
			{ exports: { import: "./adapter.js" } },
		],
		[
			"exports by name, with conditions in conditions",
			"@acme/chat-archive",
			{
				exports: {
					".": { types: "./a.d.ts", node: { import: "./adapter.js" } },
				},
			},
		],
		[
			"a name behind its own",
			"@acme/chat-archive/adapter",
			{ exports: { "./adapter": { import: "./adapter.js" } } },
		],
		["one file for all", "plain", { exports: "./adapter.js" }],
		["main and no exports", "old", { main: "adapter.js" }],
	] as const) {
		it(`is found where the package has ${what}`, async () => {
			install(use.replace(/\/adapter$/, ""), manifest);
			ok((await load(use)).deliver);
		});
	}

	it("that is not installed is said not to be there", async () => {
		await rejects(
			load("not-there"),
			/^AdapterRefused: Compliance adapter "mine": There is no adapter "not-there"/,
		);
	});

	it("with a fault in its text is said to have that, and where", async () => {
		install("faulty", { exports: { import: "./adapter.js" } }, "export {;");
		await rejects(
			load("faulty"),
			/Its module file:.*faulty\/adapter\.js cannot be loaded: SyntaxError: /,
		);
	});

	it("that lacks a package of its own is not said to be missing itself", async () => {
		install("needy", { main: "adapter.js" }, 'import "no-such-package";');
		await rejects(load("needy"), /cannot be loaded: .*no-such-package/);
	});

	it("with a package that exports something else is told so", async () => {
		install("closed", { exports: { "./other": "./adapter.js" } });
		await rejects(load("closed"), /No "exports" main defined/);
	});
});
