/** `persistent-chat compliance verify` as a process, without a service: what it says, and its exit status. */
import { equal, match, ok } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
	appendFileSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import jsonl from "../../adapters/jsonl/index.ts";
import {
	type ArchiveUnderTest,
	someRooms,
	startArchive,
	testKey,
} from "../support/evidence.ts";
import { type Program, start } from "../support/processes.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const [one = "", two = ""] = someRooms;

describe("compliance verify", () => {
	const directory = mkdtempSync(join(tmpdir(), "persistent-chat-verify-"));
	const key = join(directory, "key.pub.pem");
	const programs: Program[] = [];
	let under: ArchiveUnderTest;

	before(() =>
		writeFileSync(
			key,
			testKey.public.export({ type: "spki", format: "pem" }) as string,
		),
	);
	after(() => rmSync(directory, { recursive: true }));
	beforeEach(async () => {
		under = await startArchive();
		await under.add([one, two, one]);
	});
	afterEach(async () => {
		for (const program of programs.splice(0)) await program.stop("SIGKILL");
		await under.close();
	});

	async function run(...args: string[]) {
		const program = start(
			"cli/persistent-chat.js",
			["compliance", "verify", ...args],
			{ cwd: root, stdio: ["ignore", "pipe", "pipe"] },
		);
		programs.push(program);
		const seen = { output: "", errors: "" };
		program.child.stdout?.on("data", (text) => {
			seen.output += text;
		});
		program.child.stderr?.on("data", (text) => {
			seen.errors += text;
		});
		return { status: await program.ended, ...seen };
	}
	/** One more of the first room, as a line. */
	async function archivedMore(): Promise<string | undefined> {
		await under.add([one]);
		const [event] = await under.archive.after(3, { events: 1, bytes: 1e6 });
		return event && `${JSON.stringify(event)}\n`;
	}
	function file(): string {
		const { description } = under.database;
		return description.client === "sqlite" ? description.file : "";
	}

	it("is 0 for a sound archive, 1 for one that was altered, 2 for what is none", async () => {
		const sound = await run("--file", file(), "--key", key);
		equal(sound.status, 0, sound.errors);
		match(sound.output, /^events sound +3\nrooms +2\n/);
		match(sound.output, /newest checkpoint +1 of 2026-11-22T10:00:00\.000Z\n/);
		match(sound.output, /not signed yet +0 events\nverdict +sound\n$/);
		const [, noted = ""] = /its hash +(\S+)/.exec(sound.output) ?? [];
		const also = await run(
			...["--file", file(), "--key", key, "--checkpoint", noted, "--json"],
		);
		equal(also.status, 0, also.errors);
		equal(JSON.parse(also.output).sound, 3);

		await under.knex("archive_events").where({ position: 2 }).update({ at: 1 });
		const broken = await run("--file", file(), "--key", key);
		equal(broken.status, 1);
		match(broken.output, /events sound +1\n/);
		match(
			broken.output,
			new RegExp(
				`verdict +BROKEN\nat position +2\nroom +${two}\nnumber in the room +1\nevent +\\S+\nwhat is wrong +Its column at says otherwise`,
			),
		);
		match(broken.errors, /This is not what was archived\.\n$/);
	});

	it("reads a copy and changes nothing of it", async () => {
		const copy = join(directory, "copy.sqlite");
		await under.knex.raw("vacuum into ?", [copy]);
		const before = readFileSync(copy);
		const { status, errors } = await run("--file", copy, "--key", key);
		equal(status, 0, errors);
		ok(before.equals(readFileSync(copy)));
	});

	it("reads an archive on a medium that takes no files", async function () {
		const mounted = spawnSync("unshare", ["-m", "true"]).status === 0;
		if (!mounted) this.skip();
		await under.knex.raw("pragma wal_checkpoint(truncate)");
		const medium = mkdtempSync(join(directory, "medium-"));
		const script = `mount -t tmpfs none "$1" && cp "$2" "$1/a.sqlite" && mount -o remount,ro "$1" &&
			exec "$3" --import tsx cli/persistent-chat.js compliance verify --file "$1/a.sqlite" --key "$4"`;
		const { status, stdout, stderr } = spawnSync(
			"unshare",
			["-m", "sh", "-c", script, "sh", medium, file(), process.execPath, key],
			{ cwd: root, encoding: "utf8" },
		);
		equal(status, 0, stderr);
		match(stdout, /verdict +sound\n$/);
	});

	it("makes the public key of the signing key where it is not beside it", async () => {
		const alone = mkdtempSync(join(directory, "key-"));
		const signingKey = join(alone, "key.pem");
		writeFileSync(
			signingKey,
			testKey.private.export({ type: "pkcs8", format: "pem" }) as string,
		);
		const settings = join(alone, "chat.yaml");
		writeFileSync(
			settings,
			JSON.stringify({
				compliance: {
					adapters: ["jsonl"],
					database: { file: file() },
					signingKey,
				},
			}),
		);
		const { status, output, errors } = await run("--config", settings);
		equal(status, 0, errors);
		match(output, /verdict +sound\n$/);
	});

	it("is 4 for an archive that has only just begun, of which nothing is signed yet", async () => {
		const { knex } = under;
		await knex("archive_checkpoints").delete();
		const old = await run("--file", file(), "--key", key);
		equal(old.status, 1, old.output);
		match(old.output, /There is no checkpoint/);
		const young = await startArchive();
		try {
			await young.add([one], new Date());
			await young.knex("archive_checkpoints").delete();
			const { description } = young.database;
			ok(description.client === "sqlite");
			const fresh = await run("--file", description.file, "--key", key);
			equal(fresh.status, 4, fresh.errors);
			match(fresh.output, /verdict +NOT PROVEN YET/);
		} finally {
			await young.close();
		}
	});

	it("is 4 for an archive that is empty, or was emptied", async () => {
		const empty = await startArchive();
		try {
			const { description } = empty.database;
			ok(description.client === "sqlite");
			const verdict = await run("--file", description.file, "--key", key);
			equal(verdict.status, 4, verdict.errors);
			match(verdict.output, /verdict +NOT PROVEN YET: the archive is empty/);
		} finally {
			await empty.close();
		}
	});

	it("is 2 with what to do for what cannot be verified", async () => {
		const none = join(directory, "none");
		for (const [args, wrong] of [
			[["--file", none, "--key", key], /There is no file/],
			[["--file", key, "--key", key], /is no SQLite database/],
			[["--file", file(), "--key", none], /The public key cannot be read/],
			[["--file", file(), "--url", "x", "--key", key], /exclude each other/],
			[["--url", "x", "--key", key], /--url must be like/],
			[
				["--file", file(), "--key", key, "--checkpoint", "1"],
				/--checkpoint is/,
			],
			[["--jsonl", none], /cannot be read/],
			[["--jsonl", directory], /has no files of the adapter jsonl/],
		] as const) {
			const { status, errors } = await run(...args);
			match(errors, wrong);
			equal(status, 2, errors);
		}
	});

	it("walks the files of the adapter jsonl", async () => {
		const files = mkdtempSync(join(directory, "files-"));
		const quiet = () => {};
		const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
		const adapter = await jsonl({ directory: files }, { name: "jsonl", log });
		const batch = await under.archive.after(0, { events: 10, bytes: 1e6 });
		await adapter.deliver(batch, {
			key: "k",
			attempt: 1,
			replay: false,
			signal: new AbortController().signal,
			log,
			present: async () => [],
			open: async () => {
				throw new Error("none");
			},
		});
		const sound = await run("--jsonl", files);
		equal(sound.status, 0, sound.errors);
		match(sound.output, /events sound +3\n[\s\S]*proven by the archive only/);
		const [name = ""] = readdirSync(files);
		const written = join(files, name);
		writeFileSync(join(files, "other-2026-11-22-000000000001.jsonl"), "");
		const several = await run("--jsonl", files);
		equal(several.status, 2);
		match(several.errors, /files of jsonl, other: say which with --adapter/);
		rmSync(join(files, "other-2026-11-22-000000000001.jsonl"));
		const [first = "", second = "", third = ""] = batch.map(
			(event) => `${JSON.stringify(event)}\n`,
		);
		appendFileSync(written, `${first}${third.slice(0, 50)}`);
		const again = await run("--jsonl", files);
		equal(again.status, 0, again.errors);
		match(
			again.output,
			/events sound +3\n[\s\S]*not here +0 events[\s\S]*repeats +1 lines[\s\S]*torn lines +1,/,
		);
		writeFileSync(written, `${second}${third}`);
		const later = await run("--jsonl", files);
		equal(later.status, 0, later.errors);
		const fourth = (await archivedMore()) ?? "";
		writeFileSync(written, `${first}${second}${fourth}`);
		const hole = await run("--jsonl", files);
		equal(hole.status, 4, hole.output);
		match(
			hole.output,
			/not here +1 events between[\s\S]*before line 3\n[\s\S]*verdict +INCOMPLETE/,
		);
		match(hole.errors, /Nothing was found altered, but events are not here/);
		writeFileSync(written, first.replace("message 1", "message X"));
		const altered = await run("--jsonl", files);
		equal(altered.status, 1);
		match(
			altered.output,
			/events sound +0\n[\s\S]*line 1\n[\s\S]*it was altered/,
		);
	});
});
