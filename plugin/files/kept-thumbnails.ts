/** Thumbnails in a directory: there whole or not at all, and what a killed node left half written is cleared away. */
import { randomUUID } from "node:crypto";
import {
	mkdir,
	open,
	opendir,
	readFile,
	rename,
	rm,
	stat,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { isMissing } from "./directory.ts";

const partName = /\.webp\.[0-9a-f-]{36}$/;
/** Another node may be writing a younger one. */
const leftAfterMs = 3_600_000;

export async function thumbnailAt(path: string): Promise<Buffer | undefined> {
	try {
		return await readFile(path);
	} catch (error) {
		if (isMissing(error)) return undefined;
		throw error;
	}
}

/** There whole or not at all. Throws what writing throws. */
export async function keepThumbnail(
	path: string,
	bytes: Buffer,
): Promise<void> {
	const part = `${path}.${randomUUID()}`;
	await mkdir(dirname(path), { recursive: true, mode: 0o700 });
	try {
		const handle = await open(part, "wx", 0o600);
		try {
			await handle.writeFile(bytes);
			await handle.sync();
		} finally {
			await handle.close();
		}
		await rename(part, path);
	} catch (error) {
		await rm(part, { force: true }).catch(() => {});
		throw error;
	}
}

/** Throws what reading the directory throws. */
export async function clearParts(directory: string, at: Date): Promise<void> {
	try {
		for await (const entry of await opendir(directory, { recursive: true })) {
			if (!entry.isFile() || !partName.test(entry.name)) continue;
			const path = join(entry.parentPath, entry.name);
			const { mtimeMs } = await stat(path);
			if (at.getTime() - mtimeMs < leftAfterMs) continue;
			await rm(path, { force: true });
		}
	} catch (error) {
		if (!isMissing(error)) throw error;
	}
}
