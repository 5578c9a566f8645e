import { equal, rejects } from "node:assert/strict";
import {
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { prepareDirectory, writeWhole } from "../../adapters/whole-file.ts";

const never = new AbortController().signal;

describe("a whole file", () => {
	let directory: string;

	beforeEach(() => {
		directory = mkdtempSync(join(tmpdir(), "persistent-chat-files-"));
	});

	afterEach(() => {
		rmSync(directory, { recursive: true, force: true });
	});

	it("is there with all its content, and nothing beside it", async () => {
		await writeWhole(join(directory, "a.xml"), "grüß", never);
		await writeWhole(
			join(directory, "b.bin"),
			Readable.from([Buffer.from("one "), Buffer.from("two")]),
			never,
		);
		equal(readdirSync(directory).sort().join(), "a.xml,b.bin");
		equal(readFileSync(join(directory, "a.xml"), "utf8"), "grüß");
		equal(readFileSync(join(directory, "b.bin"), "utf8"), "one two");
	});

	it("takes the place of the one before", async () => {
		await writeWhole(join(directory, "a.xml"), "a long first text", never);
		await writeWhole(join(directory, "a.xml"), "short", never);
		equal(readFileSync(join(directory, "a.xml"), "utf8"), "short");
	});

	it("may have the longest name that there can be", async () => {
		const name = "x".repeat(255);
		await writeWhole(join(directory, name), "x", never);
		equal(readdirSync(directory).join(), name);
	});

	it("is not readable by everybody", async () => {
		await writeWhole(join(directory, "a.xml"), "x", never);
		equal(statSync(join(directory, "a.xml")).mode & 0o007, 0);
	});

	it("leaves what was there when its content breaks off", async () => {
		writeFileSync(join(directory, "a.xml"), "before");
		const breaking = Readable.from(
			(async function* () {
				yield Buffer.from("half");
				throw new Error("The store is gone.");
			})(),
		);
		await rejects(
			writeWhole(join(directory, "a.xml"), breaking, never),
			/The store is gone\./,
		);
		equal(readFileSync(join(directory, "a.xml"), "utf8"), "before");
		equal(readdirSync(directory).join(), "a.xml");
	});

	it("is given up, also in the middle of a stream that stands still, when it is aborted", async () => {
		const abort = new AbortController();
		const stuck = new Readable({ read: () => abort.abort() });
		await rejects(
			writeWhole(join(directory, "a.xml"), stuck, abort.signal),
			/abort/i,
		);
		await rejects(
			writeWhole(join(directory, "b.xml"), "text", abort.signal),
			/abort/i,
		);
		equal(readdirSync(directory).join(), "");
	});

	it("is not seen under its name before all of it is written", async () => {
		const seen: string[] = [];
		const watching = Readable.from(
			(async function* () {
				yield Buffer.from("half");
				seen.push(...readdirSync(directory));
				yield Buffer.from("whole");
			})(),
		);
		await writeWhole(join(directory, "a.xml"), watching, never);
		equal(seen.length, 1);
		equal(/^\.[0-9a-f]{16}\.partial$/.test(seen[0] ?? ""), true);
	});
});

describe("a directory that is prepared", () => {
	let directory: string;

	beforeEach(() => {
		directory = mkdtempSync(join(tmpdir(), "persistent-chat-files-"));
	});

	afterEach(() => {
		rmSync(directory, { recursive: true, force: true });
	});

	it("is made with those above it", async () => {
		await prepareDirectory(join(directory, "a", "b"));
		equal(statSync(join(directory, "a", "b")).isDirectory(), true);
	});

	it("loses what a killed process had not finished, and keeps all else", async () => {
		for (const name of [
			".0123456789abcdef.partial",
			".hidden",
			"a.xml",
			"b.partial",
		]) {
			writeFileSync(join(directory, name), "x");
		}
		await prepareDirectory(directory);
		equal(readdirSync(directory).sort().join(), ".hidden,a.xml,b.partial");
	});

	it("must not be a file", async () => {
		writeFileSync(join(directory, "file"), "");
		mkdirSync(join(directory, "other"));
		await rejects(
			prepareDirectory(join(directory, "file")),
			/Files cannot be written to .*file; it must be a directory that this service may read and write\./,
		);
	});
});
