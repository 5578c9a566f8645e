/** A folder for an export, or words why there is none. */
import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { Misuse } from "../../commands/command.ts";
import { isOfFiles } from "../faults.ts";

/**
 * With those above it. (Node does so itself, but for ever where the file system says of a folder that is there that it is not, like
 * `/proc`.) Throws `Misuse`.
 */
export async function makeFolder(folder: string): Promise<void> {
	try {
		if (!(await isThere(folder))) {
			if (!(await isThere(dirname(folder)))) await makeFolder(dirname(folder));
			await mkdir(folder, { mode: 0o700 });
		}
		if ((await stat(folder)).isDirectory()) return;
	} catch (error) {
		if (!isOfFiles(error)) throw error;
		throw new Misuse(`${folder} cannot be made: ${error.message}.`, {
			cause: error,
		});
	}
	throw new Misuse(`${folder} is a file: give a folder.`);
}

async function isThere(path: string): Promise<boolean> {
	try {
		await stat(path);
		return true;
	} catch (error) {
		const code = isOfFiles(error) && "code" in error ? error.code : undefined;
		if (code === "ENOENT") return false;
		throw error;
	}
}
