/** Copies of files for compliance: by content, whole or not at all. */
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { createHash } from "node:crypto";
import {
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import type { FileReference } from "../../plugin/compliance/events.ts";
import {
	FileMissing,
	type FileSource,
	filesIn,
} from "../../plugin/compliance/files.ts";
import { flushedBy } from "../support/flushed.ts";

const content = "the bytes of a file";
const file: FileReference = {
	name: "plan.txt",
	type: "text/plain",
	bytes: Buffer.byteLength(content),
	sha256: createHash("sha256").update(content).digest("hex"),
};

describe("the compliance file store", () => {
	let directory: string;
	/** How often the source was asked. */
	let opened: number;

	beforeEach(() => {
		directory = mkdtempSync(join(tmpdir(), "persistent-chat-files-"));
		opened = 0;
	});
	afterEach(() => rmSync(directory, { recursive: true }));

	const from = (open: () => Readable): FileSource => ({
		async open() {
			opened += 1;
			return open();
		},
	});
	const kept = () =>
		readdirSync(directory, { recursive: true, encoding: "utf8" }).filter(
			(name) => statSync(join(directory, name)).isFile(),
		);
	const path = join(file.sha256.slice(0, 2), file.sha256);

	it("keeps the bytes by their hash, for their owner's eyes, and gives them back", async () => {
		const files = filesIn(
			directory,
			from(() => Readable.from([Buffer.from(content)])),
		);
		await files.keep(file);
		deepEqual(kept(), [path]);
		equal(readFileSync(join(directory, path), "utf8"), content);
		equal(statSync(join(directory, path)).mode & 0o777, 0o600);
		equal(await text(await files.open(file)), content);
	});

	it("has the bytes on the disk, and then their name, before it says that it has them", async function () {
		if (process.platform !== "linux") this.skip();
		const files = filesIn(
			directory,
			from(() => Readable.from([Buffer.from(content)])),
		);
		const flushes = await flushedBy(() => files.keep(file));
		const ofBytes = flushes.findIndex(({ bytes }) => bytes === file.bytes);
		const ofName = flushes.findLastIndex(
			({ path: flushed }) => flushed === dirname(join(directory, path)),
		);
		ok(ofBytes >= 0 && ofBytes < ofName, JSON.stringify(flushes));
	});

	it("copies what it has already no second time", async () => {
		const files = filesIn(
			directory,
			from(() => Readable.from([Buffer.from(content)])),
		);
		await files.keep(file);
		await files.keep({ ...file, name: "b" });
		equal(opened, 1);
	});

	it("keeps nothing of a file that ends early, is longer, or is another", async () => {
		for (const wrong of [
			content.slice(1),
			`${content} and more`,
			content.toUpperCase(),
		]) {
			const files = filesIn(
				directory,
				from(() => Readable.from([Buffer.from(wrong)])),
			);
			await rejects(files.keep(file), /event/);
			deepEqual(kept(), []);
		}
	});

	it("keeps nothing of a file whose source breaks, and has it when it is back", async () => {
		const broken = filesIn(
			directory,
			from(
				() =>
					new Readable({
						read() {
							this.push(content.slice(0, 3));
							this.destroy(new Error("the source has gone"));
						},
					}),
			),
		);
		await rejects(broken.keep(file), /the source has gone/);
		deepEqual(kept(), []);
		await rejects(broken.open(file), /ENOENT/);
		const back = filesIn(
			directory,
			from(() => Readable.from([Buffer.from(content)])),
		);
		await back.keep(file);
		deepEqual(kept(), [path]);
	});

	it("tells what is gone, and what is another, from what is only in the way", async () => {
		const says = async (open: FileSource["open"]) =>
			filesIn(directory, { open })
				.keep(file)
				.catch((error: unknown) =>
					error instanceof FileMissing ? error.how : error,
				);
		equal(await says(async () => undefined), "gone");
		equal(await says(async () => Readable.from([Buffer.from("x")])), "altered");
		const away = new Error("no route to the store");
		equal(
			await says(async () => {
				throw away;
			}),
			away,
		);
	});

	it("follows no name out of its directory", async () => {
		const files = filesIn(
			directory,
			from(() => Readable.from([])),
		);
		const sha256 = "../../../../etc/passwd";
		await rejects(files.open({ ...file, sha256 }), /SHA-256/);
		await rejects(files.keep({ ...file, sha256 }), /SHA-256/);
	});
});
