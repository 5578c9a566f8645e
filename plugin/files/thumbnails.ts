/** Thumbnails of images: drawn when somebody first wants one, one after another, and kept until their content goes. */
import { randomUUID } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Logger } from "pino";
import { ChatError } from "../errors.ts";
import type { FileContent } from "../rooms/types.ts";
import { type FileStore, sumOf } from "./bytes.ts";
import { isMissing } from "./directory.ts";
import { drawThumbnail } from "./draw-thumbnail.ts";

const drawnTypes: ReadonlySet<string> = new Set([
	"image/png",
	"image/jpeg",
	"image/gif",
	"image/webp",
]);
/** Of an image; all of it is in memory while it is drawn. */
const mostBytes = 32 * 1024 * 1024;
/** Thumbnails that wait to be drawn. */
const mostWaiting = 200;
/** Contents of which it is known that they cannot be drawn; those asked for longest ago are tried again. */
const mostHopeless = 10_000;

export interface Thumbnails {
	/** A WebP of at most 320 × 320 pixels. Throws `no-thumbnail`; `unavailable` when too many are to be drawn. */
	of(content: FileContent & { readonly type: string }): Promise<Buffer>;
	/** To be called when the content is gone. */
	remove(content: FileContent): Promise<void>;
}

export function createThumbnails(
	directory: string,
	store: FileStore,
	log: Logger,
): Thumbnails {
	const drawing = new Map<string, Promise<Buffer>>();
	const hopeless = new Set<string>();
	let last: Promise<unknown> = Promise.resolve();

	function pathOf(content: FileContent): string {
		const sum = sumOf(content);
		return join(directory, sum.slice(0, 2), `${sum}.webp`);
	}

	const remove = (content: FileContent) => rm(pathOf(content), { force: true });

	async function draw(content: FileContent): Promise<Buffer> {
		const drawn = await drawThumbnail(await store.open(content), log);
		if (drawn === undefined) {
			hopeless.add(content.sha256);
			const [oldest] = hopeless;
			if (hopeless.size > mostHopeless && oldest) hopeless.delete(oldest);
			throw noThumbnail();
		}
		await keep(pathOf(content), drawn);
		// Removed meanwhile: nothing of it stays.
		if (!(await store.has(content))) await remove(content);
		return drawn;
	}

	/** Once, however many want it; after those that others want. */
	function drawInTurn(content: FileContent): Promise<Buffer> {
		const { sha256 } = content;
		const underWay = drawing.get(sha256);
		if (underWay !== undefined) return underWay;
		if (drawing.size >= mostWaiting) {
			throw new ChatError(
				"unavailable",
				"Too many thumbnails are to be drawn; ask again later.",
			);
		}
		const drawn = last
			.then(() => draw(content))
			.finally(() => drawing.delete(sha256));
		drawing.set(sha256, drawn);
		last = drawn.catch(() => {});
		return drawn;
	}

	return {
		async of(content) {
			const { type, bytes, sha256 } = content;
			if (!drawnTypes.has(type) || bytes > mostBytes || hopeless.has(sha256)) {
				throw noThumbnail();
			}
			return (await keptAt(pathOf(content))) ?? drawInTurn(content);
		},
		remove,
	};
}

function noThumbnail(): ChatError {
	return new ChatError(
		"no-thumbnail",
		"There is no thumbnail of this file: only of PNG, JPEG, GIF and WebP of at most 50 megapixels and 32 MiB that can be read to their end.",
	);
}

async function keptAt(path: string): Promise<Buffer | undefined> {
	try {
		return await readFile(path);
	} catch (error) {
		if (isMissing(error)) return undefined;
		throw error;
	}
}

/** There whole or not at all. */
async function keep(path: string, bytes: Buffer): Promise<void> {
	const part = `${path}.${randomUUID()}`;
	await mkdir(dirname(path), { recursive: true, mode: 0o700 });
	const handle = await open(part, "wx", 0o600);
	try {
		await handle.writeFile(bytes);
		await handle.sync();
	} finally {
		await handle.close();
	}
	await rename(part, path);
}
