/** The bytes of files in a directory of a test's own, and things to bring. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pino } from "pino";
import { type FileBytes, openFiles } from "../../plugin/files/index.ts";
import type { FilesAtWork } from "../../plugin/files/options.ts";

export interface TestFiles {
	readonly directory: string;
	readonly bytes: FileBytes;
	drop(): Promise<void>;
}

export async function testFiles(
	options: Partial<FilesAtWork> = {},
): Promise<TestFiles> {
	const directory = await mkdtemp(join(tmpdir(), "files-"));
	const log = pino({ level: "silent" });
	return {
		directory,
		bytes: openFiles({ directory, scanMs: 10_000, ...options }, log),
		drop: () => rm(directory, { recursive: true, force: true }),
	};
}

export function streamOf(...pieces: readonly (string | Buffer)[]): Readable {
	return Readable.from(pieces.map((piece) => Buffer.from(piece)));
}

/** These, and then it is cut. */
export function cutAfter(...pieces: readonly string[]): Readable {
	return Readable.from(
		(async function* () {
			for (const piece of pieces) yield Buffer.from(piece);
			throw new Error("the line is cut");
		})(),
	);
}

export async function textOf(bytes: Readable): Promise<string> {
	const pieces: Buffer[] = [];
	for await (const piece of bytes) pieces.push(piece);
	return Buffer.concat(pieces).toString();
}
