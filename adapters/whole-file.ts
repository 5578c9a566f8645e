/** Writing a file whole or not at all: whoever collects the files never sees half of one, and what is acknowledged outlives a power cut. */
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { access, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { addAbortSignal, Readable } from "node:stream";

/** Its owner writes, his group reads: what is in an archive is not for everybody. */
const mode = 0o640;
/** Hidden, not named like what is collected, and short: the file's own name may be as long as names can be. */
const partialPattern = /^\.[0-9a-f]{16}\.partial$/;

/**
 * Resolves when the file is on the disk under its name, instead of whatever had that name before. Rejects when that failed or
 * the signal is aborted; then what had that name is as it was. The directory must be there.
 */
export async function writeWhole(
	file: string,
	content: string | Uint8Array | Readable,
	signal: AbortSignal,
): Promise<void> {
	const partial = join(
		dirname(file),
		`.${randomBytes(8).toString("hex")}.partial`,
	);
	try {
		await write(partial, content, signal);
		signal.throwIfAborted();
		await rename(partial, file);
	} catch (error) {
		if (content instanceof Readable) content.destroy();
		await rm(partial, { force: true });
		throw error;
	}
	await flushDirectory(dirname(file));
}

/**
 * Makes the directory unless it is there, and removes what a process that was killed had not finished; one that is alive
 * and writes there just now fails, and has to do it again. Rejects with a sentence when files cannot be written there.
 */
export async function prepareDirectory(directory: string): Promise<void> {
	try {
		await mkdir(directory, { recursive: true, mode: 0o750 });
		await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
		await flushDirectory(dirname(directory));
		const partials = (await readdir(directory)).filter((name) =>
			partialPattern.test(name),
		);
		for (const name of partials) {
			await rm(join(directory, name), { force: true });
		}
	} catch (cause) {
		throw new Error(
			`Files cannot be written to ${directory}; it must be a directory that this service may read and write.`,
			{ cause },
		);
	}
}

async function write(
	file: string,
	content: string | Uint8Array | Readable,
	signal: AbortSignal,
): Promise<void> {
	const handle = await open(file, "wx", mode);
	try {
		if (typeof content === "string" || content instanceof Uint8Array) {
			await handle.writeFile(content);
		} else {
			for await (const chunk of addAbortSignal(signal, content)) {
				await handle.writeFile(chunk);
			}
		}
		await handle.sync();
	} finally {
		await handle.close();
	}
}

/** A new name is safe only when its directory is. */
async function flushDirectory(directory: string): Promise<void> {
	const handle = await open(directory, "r");
	try {
		await handle.sync();
	} finally {
		await handle.close();
	}
}
