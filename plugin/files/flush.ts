/** The names in a directory are on the disk. */
import { open } from "node:fs/promises";

export async function flushDirectory(path: string): Promise<void> {
	const handle = await open(path, "r");
	try {
		await handle.sync();
	} finally {
		await handle.close();
	}
}
