/** Export and import where something stands in the way of files: told in words, and done again when it is away. */
import { deepEqual, equal, match, rejects } from "node:assert/strict";
import {
	appendFileSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import {
	exportDatabase,
	importDatabase,
} from "../../cli/offline/transfer/index.ts";
import { makeDemo } from "../../demo.ts";
import { makeDatabase, openStore } from "../../plugin/store/index.ts";
import { type Operator, startOperator } from "./door.ts";

const quiet = () => {};

describe("an export and an import that meet with files", () => {
	let place: string;
	const settings = (file: string) => ({
		config: undefined,
		environment: {
			PERSISTENT_CHAT_COMPLIANCE: "off",
			PERSISTENT_CHAT_DATABASE_FILE: join(place, file),
		},
	});
	const exportTo = (folder: string) =>
		exportDatabase(
			settings("source.sqlite"),
			{ folder, since: undefined, passwords: true },
			quiet,
		);
	const importInto = (file: string, folder: string, dryRun: boolean) =>
		importDatabase(
			settings(file),
			{ folder, dryRun, keep: false },
			"tester",
			quiet,
		);

	before(async () => {
		place = mkdtempSync(join(tmpdir(), "persistent-chat-files-"));
		const file = join(place, "source.sqlite");
		const knex = makeDatabase({ client: "sqlite", file });
		await makeDemo(await openStore(knex), "example.com");
		await knex.destroy();
	});
	after(() => rmSync(place, { recursive: true }));

	it("says where no folder can be made, also where the file system is none for that", async () => {
		const file = join(place, "a-file");
		writeFileSync(file, "");
		for (const [folder, words] of [
			[file, /a-file is a file: give a folder/],
			[join(file, "below"), /cannot be made: ENOTDIR/],
			["/proc/nope/deeper", /cannot be made: E/],
			["/sys/nope", /cannot be made: E/],
		] as const) {
			await rejects(exportTo(folder), { name: "Misuse", message: words });
		}
	});

	it("writes over nothing that is not an export's", async () => {
		for (const name of ["users.jsonl", "notes.tmp", "state.json.old"]) {
			const folder = join(place, `with-${name}`);
			mkdirSync(folder);
			writeFileSync(join(folder, name), "mine");
			await rejects(exportTo(folder), {
				name: "Misuse",
				message: /is not empty, and holds no export/,
			});
			equal(readFileSync(join(folder, name), "utf8"), "mine");
		}
	});

	it("makes the folders above, and the database that is not there, but not to try it", async () => {
		const folder = join(place, "of", "today");
		await exportTo(folder);
		const file = join("data", "new", "chat.sqlite");
		const tried = await importInto(file, folder, true);
		equal(existsSync(join(place, "data")), false);
		const users = tried.kinds.find(({ kind }) => kind === "users");
		equal(users?.added, users?.records);
		const done = await importInto(file, folder, false);
		deepEqual(done.kinds, tried.kinds);
	});

	it("tells a damaged part from a command that is wrong", async () => {
		const folder = join(place, "damaged");
		await exportTo(folder);
		appendFileSync(join(folder, "users.jsonl"), "{}\n");
		await rejects(importInto("target.sqlite", folder, true), {
			name: "Unsound",
			message: /The export is damaged, and nothing was put in/,
		});
		await rejects(importInto("target.sqlite", join(place, "none"), true), {
			name: "Misuse",
			message: /holds no whole export/,
		});
		const below = join("a-file", "chat.sqlite");
		await rejects(importInto(below, folder, false), {
			name: "Unreachable",
			message: /a-file\/chat\.sqlite cannot be had: E/,
		});
	});
});

describe("the log of acts, of an export", () => {
	let operator: Operator;
	before(async () => {
		operator = await startOperator();
	});
	after(() => operator.close());

	it("has the whole path of its folder, and how it ended", async () => {
		// No export can be written into a file.
		await rejects(operator.type("export", "package.json", "--passwords"));
		const { entries } = (await operator.json("audit")) as {
			entries: readonly Readonly<Record<string, unknown>>[];
		};
		const [{ action, subject, outcome, reason, details } = {}] = entries;
		deepEqual(
			{ action, subject, outcome, reason, details },
			{
				action: "exported",
				subject: resolve("package.json"),
				outcome: "refused",
				reason: "malformed",
				details: { passwords: true },
			},
		);
		equal(entries.length, 1);
	});

	it("is begun before, and ended by who has begun it, once", async () => {
		const act = { action: "exported" as const, subject: "/x", details: {} };
		const { position } = await operator.ask("audit/begin", act);
		match(await operator.type("audit"), /\/x +begun/);
		const ended = { position, outcome: "done" as const, reason: "" };
		await operator.ask("audit/end", ended);
		match(await operator.type("audit"), /\/x +done/);
		await rejects(operator.ask("audit/end", ended), { reason: "malformed" });
	});
});
