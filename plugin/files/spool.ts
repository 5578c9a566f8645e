/** Uploads under way, a file each: they grow, are looked at when they are whole, and are taken over or discarded. */
import { createHash } from "node:crypto";
import { constants, createReadStream } from "node:fs";
import {
	access,
	mkdir,
	open,
	opendir,
	rm,
	stat,
	statfs,
	truncate,
} from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Readable } from "node:stream";
import { ChatError } from "../errors.ts";
import type { FileId } from "../rooms/types.ts";
import type { FileBytes } from "./bytes.ts";
import { isMissing } from "./directory.ts";
import { flushDirectory } from "./flush.ts";
import { mediaTypeOf, sniffedBytes } from "./media-type.ts";
import { isNoRoom } from "./no-room.ts";
import { createPlaces, type Places } from "./places.ts";

/**
 * However many uploads come at once, so few pieces of them are worked on: what else is to be done (people chat) has its turn after
 * each, and the system's threads and disk are not theirs alone. The senders wait.
 */
const mostAtOnce = { writing: 2, flushing: 1, reading: 1 };
/** What is not on the disk yet would hold up whoever else is to be there: it goes little by little. */
const mostUnflushedBytes = 2 * 1024 * 1024;

/** With less it is full. */
const leastRoomBytes = 1024 * 1024;

/** How many idle uploads are named at once. */
const maxIdle = 1_000;

export interface Spool
	extends Pick<
		FileBytes,
		"received" | "append" | "examine" | "discard" | "idle"
	> {
	/** Throws when nothing can be written, or there is hardly any room. */
	answer(): Promise<void>;
	/** Where the upload lies. */
	pathOf(id: FileId): string;
}

interface SpoolPlaces {
	readonly writing: Places;
	readonly flushing: Places;
	readonly reading: Places;
}

export function createSpool(directory: string): Spool {
	const places: SpoolPlaces = {
		writing: createPlaces(mostAtOnce.writing),
		flushing: createPlaces(mostAtOnce.flushing),
		reading: createPlaces(mostAtOnce.reading),
	};

	function pathOf(id: FileId): string {
		if (!isFileId(id)) throw new Error("An upload is named by no GUID");
		return join(directory, id);
	}

	async function received(id: FileId): Promise<number> {
		try {
			return (await stat(pathOf(id))).size;
		} catch (error) {
			if (isMissing(error)) return 0;
			throw error;
		}
	}

	return {
		answer: () => demandWritable(directory),
		pathOf,
		received,
		async append(id, { offset, bytes }, from) {
			const path = pathOf(id);
			await mkdir(directory, { recursive: true, mode: 0o700 });
			const here = await received(id);
			if (here !== offset) {
				throw new ChatError(
					"conflict",
					`${here} bytes of this file are here; go on from there, not from ${offset}.`,
				);
			}
			try {
				await append(places, path, bytes - offset, from);
				await places.flushing.within(() => flushDirectory(directory));
			} catch (error) {
				if (isNoRoom(error)) await giveBack(path, offset);
				throw error;
			}
			return received(id);
		},
		examine: (id) => examine(places, pathOf(id)),
		discard: (id) => rm(pathOf(id), { force: true }),
		async idle(since) {
			const found: FileId[] = [];
			for await (const name of namesIn(directory)) {
				if (found.length >= maxIdle) break;
				if (!isFileId(name)) continue;
				const entry = await stat(join(directory, name)).catch(unlessMissing);
				if (entry && entry.mtimeMs < since.getTime()) found.push(name);
			}
			return found;
		},
	};
}

/** What of a piece has come, though there was no room for all of it, takes none from others. */
async function giveBack(path: string, offset: number): Promise<void> {
	if (offset === 0) await rm(path, { force: true });
	else await truncate(path, offset);
}

export function isFileId(text: string): text is FileId {
	return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}

/** Piece by piece: when it is cut, what came before stays. */
async function append(
	{ writing, flushing }: SpoolPlaces,
	path: string,
	mostBytes: number,
	from: Readable,
): Promise<void> {
	const handle = await open(path, "a", 0o600);
	try {
		let leftBytes = mostBytes;
		let unflushedBytes = 0;
		for await (const piece of from as AsyncIterable<Buffer>) {
			leftBytes -= piece.length;
			if (leftBytes < 0) {
				throw new ChatError(
					"too-large",
					"More bytes came than the file was said to have.",
				);
			}
			await writing.within(() => handle.appendFile(piece));
			unflushedBytes += piece.length;
			if (unflushedBytes < mostUnflushedBytes) continue;
			unflushedBytes = 0;
			await flushing.within(() => handle.datasync());
		}
	} finally {
		await flushing.within(() => handle.sync()).finally(() => handle.close());
	}
}

async function examine(
	{ reading }: SpoolPlaces,
	path: string,
): ReturnType<FileBytes["examine"]> {
	return reading.within(async () => {
		const hash = createHash("sha256");
		let bytes = 0;
		let head = Buffer.alloc(0);
		const stream: Readable = createReadStream(path, { highWaterMark: 1 << 18 });
		for await (const chunk of stream) {
			hash.update(chunk);
			bytes += chunk.length;
			if (head.length < sniffedBytes) {
				head = Buffer.concat([head, chunk.subarray(0, sniffedBytes)]);
			}
		}
		return { sha256: hash.digest("hex"), bytes, type: mediaTypeOf(head) };
	});
}

async function* namesIn(directory: string): AsyncIterable<string> {
	const entries = await opendir(directory).catch(unlessMissing);
	if (entries === undefined) return;
	for await (const entry of entries) yield entry.name;
}

function unlessMissing(error: unknown): undefined {
	if (!isMissing(error)) throw error;
	return undefined;
}

/** It is made when it is first used: until then what it would be made in counts. */
async function demandWritable(directory: string): Promise<void> {
	try {
		await access(directory, constants.W_OK);
		const { bavail, bsize } = await statfs(directory);
		if (bavail * bsize < leastRoomBytes) {
			throw new Error(`The disk of ${directory} is full`);
		}
	} catch (error) {
		const parent = dirname(resolve(directory));
		if (!isMissing(error) || parent === directory) throw error;
		await demandWritable(parent);
	}
}
