/** Copies of the files that events name, kept for compliance: by content, whole or not at all. */
import { createHash, randomUUID } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { FileReference } from "./events.ts";

/** Where uploaded files are had from. */
export interface FileSource {
	/** Undefined: the store is there, answers, and has no such file. Throws whatever else is in the way. */
	open(file: FileReference): Promise<Readable | undefined>;
}

/** There is no such file, or another in its place; a repeat may find it, but there is little hope. */
export class FileMissing extends Error {
	override readonly name = "FileMissing";
	readonly how: "gone" | "altered";

	constructor(how: "gone" | "altered", message: string) {
		super(message);
		this.how = how;
	}
}

export interface ComplianceFiles {
	/** Resolves when its bytes are safe here. Throws `FileMissing`, and whatever else is in the way. */
	keep(file: FileReference): Promise<void>;
	/** Throws when it is not here. */
	open(file: FileReference): Promise<Readable>;
}

/** In a directory: `ab/abcdef…`, named by the SHA-256 of what is in it. */
export function filesIn(
	directory: string,
	source: FileSource,
): ComplianceFiles {
	const pathOf = ({ sha256 }: FileReference): string => {
		if (!/^[0-9a-f]{64}$/.test(sha256)) {
			throw new FileMissing(
				"altered",
				"A file is named by a SHA-256 that is none",
			);
		}
		return join(directory, sha256.slice(0, 2), sha256);
	};

	async function opened(file: FileReference): Promise<Readable> {
		const content = await source.open(file);
		if (content !== undefined) return content;
		throw new FileMissing("gone", `The file store has no file ${file.sha256}`);
	}

	async function keep(file: FileReference): Promise<void> {
		const path = pathOf(file);
		if (await isThere(path, file.bytes)) return;
		const made = await mkdir(dirname(path), { recursive: true, mode: 0o700 });
		const temporary = `${path}.${randomUUID()}`;
		try {
			await copy(await opened(file), temporary, file);
			await rename(temporary, path);
			await flush(dirname(path));
			if (made !== undefined) await flush(directory);
		} catch (error) {
			await rm(temporary, { force: true });
			throw error;
		}
	}

	return {
		keep,
		async open(file) {
			const path = pathOf(file);
			await stat(path);
			return createReadStream(path);
		},
	};
}

async function isThere(path: string, bytes: number): Promise<boolean> {
	try {
		return (await stat(path)).size === bytes;
	} catch {
		return false;
	}
}

async function copy(
	from: Readable,
	path: string,
	{ sha256, bytes }: FileReference,
): Promise<void> {
	const hash = createHash("sha256");
	let size = 0;
	const measure = new Transform({
		transform(chunk: Buffer, _, done) {
			hash.update(chunk);
			size += chunk.length;
			if (size > bytes) done(altered());
			else done(null, chunk);
		},
	});
	await pipeline(
		from,
		measure,
		createWriteStream(path, { mode: 0o600, flush: true }),
	);
	if (size !== bytes || hash.digest("hex") !== sha256) {
		throw altered();
	}
}

function altered(): FileMissing {
	return new FileMissing(
		"altered",
		"A file's bytes are not those that its event names",
	);
}

/** The name itself is on the disk too. */
async function flush(directory: string): Promise<void> {
	const handle = await open(directory, "r");
	try {
		await handle.sync();
	} finally {
		await handle.close();
	}
}
