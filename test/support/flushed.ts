/** Which files and directories a piece of work has brought to the disk (Linux): the real calls, watched as they are made. */
import fs, { fstatSync, readlinkSync } from "node:fs";
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
	const { fsync } = fs;
	// By this a stream flushes at its end.
	fs.fsync = Object.assign((fd: number, done: fs.NoParamCallback) => {
		const path = readlinkSync(`/proc/self/fd/${fd}`);
		flushes.push({ path, bytes: fstatSync(fd).size });
		fsync(fd, done);
	}, fsync);
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
		fs.fsync = fsync;
	}
	return flushes;
}

async function handlePrototype(): Promise<FileHandle> {
	const handle = await open("/dev/null", "r");
	await handle.close();
	return Object.getPrototypeOf(handle) as FileHandle;
}
