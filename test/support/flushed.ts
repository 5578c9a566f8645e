/** Which files and directories a piece of work has brought to the disk (Linux): the real calls, watched as they are made. */
import { readlinkSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

export interface Flush {
	/** Its name when it was flushed. */
	readonly path: string;
	/** In it just then; a directory counts as 0. */
	readonly bytes: number;
}

/** In the order in which they began. */
export async function flushedBy(
	work: () => Promise<unknown>,
): Promise<readonly Flush[]> {
	const flushes: Flush[] = [];
	const prototype = await handlePrototype();
	const { sync } = prototype;
	prototype.sync = async function (this: FileHandle) {
		const about = await this.stat();
		flushes.push({
			path: readlinkSync(`/proc/self/fd/${this.fd}`),
			bytes: about.isDirectory() ? 0 : about.size,
		});
		await sync.call(this);
	};
	try {
		await work();
	} finally {
		prototype.sync = sync;
	}
	return flushes;
}

async function handlePrototype(): Promise<FileHandle> {
	const handle = await open("/dev/null", "r");
	await handle.close();
	return Object.getPrototypeOf(handle) as FileHandle;
}
