/** Thumbnails of images: drawn when somebody first wants one, one after another, and kept until their content goes. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import { ChatError } from "../errors.ts";
import type { FileContent } from "../rooms/types.ts";
import { type FileStore, sumOf } from "./bytes.ts";
import { drawThumbnail } from "./draw-thumbnail.ts";
import { clearParts, keepThumbnail, thumbnailAt } from "./kept-thumbnails.ts";

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
/** Contents that were not drawn, and are not tried again for now; of more, the first that were remembered are forgotten. */
const mostNotDrawn = 10_000;
/** Then one that failed by a fault of this machine is tried again. */
const pauseMs = 60_000;

export interface Thumbnails {
	/** A WebP of at most 320 × 320 pixels. Throws `no-thumbnail`; `unavailable` when too many are to be drawn, or drawing has just failed. */
	of(content: FileContent & { readonly type: string }): Promise<Buffer>;
	/** To be called when the content is gone. */
	remove(content: FileContent): Promise<void>;
}

export function createThumbnails(
	directory: string,
	store: FileStore,
	log: Logger,
	{
		draw: drawImage = drawThumbnail,
		now = () => new Date(),
	}: {
		readonly draw?: typeof drawThumbnail;
		readonly now?: () => Date;
	} = {},
): Thumbnails {
	const drawing = new Map<string, Promise<Buffer>>();
	/** Until when, in ms since 1970; `Infinity` where it is known that they cannot be drawn. */
	const notDrawn = new Map<string, number>();
	let last: Promise<unknown> = clearParts(directory, now()).catch((error) =>
		log.warn({ err: error }, "half-written thumbnails are not cleared away"),
	);

	function pathOf(content: FileContent): string {
		const sum = sumOf(content);
		return join(directory, sum.slice(0, 2), `${sum}.webp`);
	}

	const remove = (content: FileContent) => rm(pathOf(content), { force: true });

	async function draw(content: FileContent): Promise<Buffer> {
		const image = await store.open(content);
		const outcome = await drawImage(image, log);
		if (!Buffer.isBuffer(outcome)) {
			const isFor = outcome === "hopeless" ? Infinity : pauseMs;
			remember(content.sha256, now().getTime() + isFor);
			throw outcome === "hopeless" ? noThumbnail() : notNow();
		}
		await keepThumbnail(pathOf(content), outcome);
		// Removed meanwhile: nothing of it stays.
		if (!(await store.has(content))) await remove(content);
		return outcome;
	}

	function remember(sha256: string, until: number): void {
		notDrawn.delete(sha256);
		notDrawn.set(sha256, until);
		const [first] = notDrawn.keys();
		if (notDrawn.size > mostNotDrawn && first) notDrawn.delete(first);
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
			const until = notDrawn.get(sha256) ?? 0;
			if (!drawnTypes.has(type) || bytes > mostBytes || until === Infinity) {
				throw noThumbnail();
			}
			const kept = await thumbnailAt(pathOf(content));
			if (kept !== undefined) return kept;
			if (until > now().getTime()) throw notNow();
			return drawInTurn(content);
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

function notNow(): ChatError {
	return new ChatError(
		"unavailable",
		"The thumbnail could not be drawn just now; ask again in a minute.",
	);
}
