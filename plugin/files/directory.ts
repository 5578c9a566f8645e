/** Contents in a directory: `ab/abcdef…`, named by the SHA-256 of what is in it; there whole or not at all. */
import { createReadStream } from "node:fs";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { FileContent } from "../rooms/types.ts";
import { ContentMissing, type FileStore, sumOf } from "./bytes.ts";
import { flushDirectory } from "./flush.ts";

/** What it takes over must lie in the same file system. */
export function directoryStore(directory: string): FileStore {
	function pathOf(content: FileContent): string {
		const sum = sumOf(content);
		return join(directory, sum.slice(0, 2), sum);
	}

	async function has(content: FileContent): Promise<boolean> {
		try {
			return (await stat(pathOf(content))).size === content.bytes;
		} catch (error) {
			if (isMissing(error)) return false;
			throw error;
		}
	}

	/** Where the directory itself is not there, its file system may not be mounted, and nobody knows what is missing. */
	async function demand(path: string): Promise<void> {
		try {
			await stat(path);
		} catch (error) {
			if (!isMissing(error)) throw error;
			const isThere = await stat(directory).catch(() => undefined);
			if (isThere !== undefined) {
				throw new ContentMissing("The file's bytes are not there", {
					cause: error,
				});
			}
			throw new Error(
				`The directory of files ${directory} is not there: have it mounted; if it is lost, make it again, empty.`,
				{ cause: error },
			);
		}
	}

	return {
		has,
		async keep(content, path) {
			if (await has(content)) return;
			const target = pathOf(content);
			await mkdir(dirname(target), { recursive: true, mode: 0o700 });
			await rename(path, target);
			await flushDirectory(dirname(target));
			await flushDirectory(directory);
		},
		async open(content, range) {
			const path = pathOf(content);
			await demand(path);
			return createReadStream(path, {
				...(range && { start: range.first, end: range.last }),
			});
		},
		async remove(content) {
			await rm(pathOf(content), { force: true });
		},
	};
}

export function isMissing(error: unknown): boolean {
	return error instanceof Error && "code" in error && error.code === "ENOENT";
}
