/** What an adapter has acknowledged outlives a power cut: the content and its name are on the disk before the promise resolves. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import jsonl from "../../adapters/jsonl/index.ts";
import { prepareDirectory, writeWhole } from "../../adapters/whole-file.ts";
import { type Flush, flushedBy } from "../support/flushed.ts";
import { delivery } from "./delivery.ts";
import { archived, posted } from "./events.ts";
import { type Folder, temporaryFolder } from "./folder.ts";

const never = new AbortController().signal;

describe("on the disk", () => {
	let folder: Folder;

	before(function () {
		if (process.platform !== "linux") this.skip();
	});
	beforeEach(() => {
		folder = temporaryFolder();
	});
	afterEach(() => folder.remove());

	for (const [what, content] of [
		["text", () => "0123456789"],
		["a stream", () => Readable.from([Buffer.from("0123456789")])],
	] as const) {
		it(`is a whole file of ${what} before it has its name, and then the name`, async () => {
			const [file, directory, ...more] = await flushedBy(() =>
				writeWhole(join(folder.path, "a.xml"), content(), never),
			);
			ok(file && directory);
			match(file.path, /\.partial$/);
			equal(file.bytes, 10);
			deepEqual(directory, { path: folder.path, bytes: 0 });
			deepEqual(more, []);
		});
	}

	it("is a directory that was made for files", async () => {
		const flushes = await flushedBy(() =>
			prepareDirectory(join(folder.path, "new")),
		);
		deepEqual(pathsOf(flushes), [folder.path]);
	});

	it("is what jsonl puts behind the lines that there are", async () => {
		const directory = join(folder.path, "jsonl");
		const adapter = await jsonl(
			{ directory },
			{ name: "archive", log: delivery().log },
		);
		const [first, second] = archived([posted("one"), posted("two")]);
		ok(first && second);
		const beginning = await flushedBy(() =>
			adapter.deliver([first], delivery()),
		);
		ok(pathsOf(beginning).includes(directory));
		const appended = await flushedBy(() =>
			adapter.deliver([second], delivery()),
		);
		const [flush, ...more] = appended;
		deepEqual(more, []);
		equal(dirname(flush?.path ?? ""), directory);
		match(flush?.path ?? "", /\.jsonl$/);
		const lines = [first, second].map((each) => `${JSON.stringify(each)}\n`);
		equal(flush?.bytes, Buffer.byteLength(lines.join("")));
	});
});

function pathsOf(flushes: readonly Flush[]): readonly string[] {
	return flushes.map(({ path }) => path);
}
