/** Thumbnails: of which images, what is in them, and what becomes of images that are made to do harm. */
import assert from "node:assert/strict";
import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, utimes, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { pino } from "pino";
import sharp from "sharp";
import type { FileStore } from "../../plugin/files/bytes.ts";
import {
	drawThumbnail,
	type NotDrawn,
} from "../../plugin/files/draw-thumbnail.ts";
import { openFiles } from "../../plugin/files/index.ts";
import { keepThumbnail } from "../../plugin/files/kept-thumbnails.ts";
import { createThumbnails } from "../../plugin/files/thumbnails.ts";
import type { FileId } from "../../plugin/rooms/types.ts";
import { refused } from "../contracts/samples.ts";
import { streamOf, type TestFiles, testFiles } from "../support/file-bytes.ts";
import { claimedPng, imageOf, photograph } from "../support/images.ts";
import { until } from "../support/until.ts";

describe("a thumbnail", () => {
	let files: TestFiles;
	before(async () => {
		files = await testFiles();
	});
	after(() => files.drop());

	async function keep(bytes: Buffer | string) {
		const id = randomUUID() as string as FileId;
		const at = { offset: 0, bytes: Buffer.byteLength(bytes) };
		await files.bytes.append(id, at, streamOf(bytes));
		const content = await files.bytes.examine(id);
		await files.bytes.keep(id, content);
		return content;
	}
	async function thumbnailOf(bytes: Buffer | string) {
		return files.bytes.thumbnail(await keep(bytes));
	}
	const kept = async () =>
		(
			await readdir(join(files.directory, "thumbnails"), { recursive: true })
		).filter((name) => name.includes("."));
	const sum = (bytes: Buffer) =>
		createHash("sha256").update(bytes).digest("hex");

	for (const format of ["png", "jpeg", "gif", "webp"] as const) {
		it(`of a ${format} is a WebP of at most 320 × 320`, async () => {
			const thumbnail = await thumbnailOf(await imageOf(format));
			const {
				format: drawn,
				width,
				height,
			} = await sharp(thumbnail).metadata();
			assert.deepEqual([drawn, width, height], ["webp", 320, 240]);
		});
	}

	it("of a small image is no larger than that", async () => {
		const small = await imageOf("png", { width: 10, height: 20 });
		const { width, height } = await sharp(await thumbnailOf(small)).metadata();
		assert.deepEqual([width, height], [10, 20]);
	});

	it("stands upright, and says nothing of where and by what it was taken", async () => {
		const bytes = await photograph();
		assert.ok(bytes.includes("Telephone of Alice"));
		const thumbnail = await thumbnailOf(bytes);
		const { width, height, exif, icc, xmp } = await sharp(thumbnail).metadata();
		assert.deepEqual([width, height], [160, 320]);
		assert.deepEqual([exif, icc, xmp], [undefined, undefined, undefined]);
		assert.ok(!thumbnail.includes("Telephone"));
	});

	it("is drawn once, however many want it at once, and is there after a restart", async () => {
		const content = await keep(
			await imageOf("png", { width: 333, height: 222 }),
		);
		const [first, ...others] = await Promise.all(
			Array.from({ length: 5 }, () => files.bytes.thumbnail(content)),
		);
		assert.ok(first && others.every((other) => other === first));
		const name = (await kept()).find((each) => each.includes(content.sha256));
		assert.ok(name);
		await writeFile(join(files.directory, "thumbnails", name), "as it is kept");
		const options = { directory: files.directory, scanMs: 1_000 };
		const restarted = openFiles(options, pino({ level: "silent" }));
		assert.equal(String(await restarted.thumbnail(content)), "as it is kept");
	});

	it("goes with its image", async () => {
		const content = await keep(await imageOf("gif", { width: 7, height: 7 }));
		await files.bytes.thumbnail(content);
		await files.bytes.remove(content);
		assert.ok(!(await kept()).some((name) => name.includes(content.sha256)));
		await assert.rejects(files.bytes.thumbnail(content));
		assert.ok(!(await kept()).some((name) => name.includes(content.sha256)));
	});

	describe("is not drawn of", () => {
		const svg =
			'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="file:///etc/passwd"/></svg>';
		const png = () => imageOf("png");
		const cases: Readonly<Record<string, () => Promise<Buffer> | string>> = {
			text: () => "text",
			SVG: () => svg,
			"a PDF": () => "%PDF-1.7 …",
			"an image that ends too early": async () =>
				(await png()).subarray(0, 200),
			"what begins like an image only": () => `GIF89a ${"<script>".repeat(99)}`,
			"an image in which bytes are turned over": async () => {
				const bytes = await png();
				return bytes.map((byte, at) =>
					at > 60 ? byte ^ 0xff : byte,
				) as Buffer;
			},
			"what says that it has 3.6 thousand million pixels": () =>
				claimedPng(60_000, 60_000),
			"51 megapixels in a few kilobytes": () =>
				imageOf("png", { width: 7_200, height: 7_100 }),
		};
		for (const [what, make] of Object.entries(cases)) {
			it(what, async () => {
				const bytes = Buffer.from(await make());
				await refused("no-thumbnail", thumbnailOf(bytes));
				assert.ok(!(await kept()).some((name) => name.includes(sum(bytes))));
			});
		}

		it("an SVG that was taken for a PNG", async () => {
			const content = await keep(svg);
			const asPng = { ...content, type: "image/png" };
			await refused("no-thumbnail", files.bytes.thumbnail(asPng));
		});

		it("an image of more than 32 MiB", async () => {
			const sha256 = "a".repeat(64);
			const large = { sha256, bytes: 2 ** 25 + 1, type: "image/png" };
			await refused("no-thumbnail", files.bytes.thumbnail(large));
		});
	});

	it("that cannot be drawn does not hold up the next one", async () => {
		const bad = thumbnailOf(await claimedPng(60_001, 60_001));
		const good = thumbnailOf(await imageOf("webp", { width: 11, height: 11 }));
		await refused("no-thumbnail", bad);
		assert.ok((await good).length > 0);
	});

	it("whose image is away is wanted again later", async () => {
		const bytes = await imageOf("png", { width: 12, height: 12 });
		const content = {
			sha256: sum(bytes),
			bytes: bytes.length,
			type: "image/png",
		};
		await assert.rejects(files.bytes.thumbnail(content), /not there/);
		assert.ok((await thumbnailOf(bytes)).length > 0);
	});

	describe("that is not drawn", () => {
		const silent = pino({ level: "silent" });
		const content = {
			sha256: "b".repeat(64),
			bytes: 3,
			type: "image/png",
		};
		const store = {
			open: async () => streamOf("abc"),
			has: async () => true,
		} as Pick<FileStore, "open" | "has"> as FileStore;
		const node = (script: string) => [process.execPath, "-e", script] as const;

		for (const [what, command, expected] of [
			["cannot be started", ["/nowhere/node"], "failed"],
			[
				"is killed, as when memory is short",
				node("process.kill(process.pid, 'SIGKILL')"),
				"failed",
			],
			["took too long", node("process.exitCode = 4"), "failed"],
			["says that it cannot be", node("process.exitCode = 3"), "hopeless"],
		] as const) {
			it(`because its process ${what}, is ${expected}`, async () => {
				const image = streamOf("abc");
				assert.equal(await drawThumbnail(image, silent, command), expected);
			});
		}

		it("is tried again in a minute, unless it is hopeless", async () => {
			let at = 0;
			let outcome: Buffer | NotDrawn = "failed";
			let tried = 0;
			const thumbnails = createThumbnails(
				join(files.directory, "tried"),
				store,
				silent,
				{
					async draw(image) {
						image.destroy();
						tried += 1;
						return outcome;
					},
					now: () => new Date(at),
				},
			);
			await refused("unavailable", thumbnails.of(content));
			at += 59_000;
			await refused("unavailable", thumbnails.of(content));
			assert.equal(tried, 1);
			at += 2_000;
			outcome = "hopeless";
			await refused("no-thumbnail", thumbnails.of(content));
			at += 1e9;
			await refused("no-thumbnail", thumbnails.of(content));
			assert.equal(tried, 2);
		});

		it("leaves nothing half written, and what a killed node left is cleared away", async () => {
			const directory = join(files.directory, "parts");
			const folder = join(directory, "bb");
			const path = join(folder, `${content.sha256}.webp`);
			const part = (name: string) =>
				join(folder, `${name}.webp.${randomUUID()}`);
			// A directory where the thumbnail is to be: it cannot be written.
			await mkdir(join(path, "in the way"), { recursive: true });
			const [old, young] = [part("old"), part("young")];
			await writeFile(old, "");
			await utimes(old, 0, 0);
			await writeFile(young, "");
			createThumbnails(directory, store, silent);
			await until(
				async () => !(await readdir(folder)).includes(basename(old)),
				{
					what: "the old part cleared away",
				},
			);
			await assert.rejects(keepThumbnail(path, Buffer.from("drawn")));
			assert.deepEqual(
				(await readdir(folder)).filter((name) => /webp\./.test(name)),
				[basename(young)],
			);
		});
	});
});
