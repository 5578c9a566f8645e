/** The files of an export: written whole under another name first, with their sums; read line by line and checked. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import type { z } from "zod";
import type {
	TransferKind,
	TransferRecords,
} from "../../../plugin/store/index.ts";
import { Misuse } from "../../commands/command.ts";
import { type Part, schemas } from "./format.ts";

export interface PartWriter {
	readonly records: number;
	readonly bytes: number;
	add(record: object): Promise<void>;
	/** On the disk under its name when it resolves. */
	end(): Promise<Part>;
	/** Leaves nothing open; what was written is of no use. */
	abandon(): Promise<void>;
}

const bufferBytes = 256 * 1024;
/** Longer than any record of ours. */
const maxLineCharacters = 100_000_000;

export async function writePart(
	folder: string,
	file: string,
	kind: TransferKind,
): Promise<PartWriter> {
	const path = join(folder, file);
	const handle = await open(`${path}.tmp`, "w", 0o600);
	const hash = createHash("sha256");
	const written = { records: 0, bytes: 0 };
	let waiting: string[] = [];
	let waitingCharacters = 0;

	async function flush(): Promise<void> {
		const piece = Buffer.from(waiting.join(""));
		waiting = [];
		waitingCharacters = 0;
		hash.update(piece);
		written.bytes += piece.length;
		await writeAll(handle, piece);
	}

	return {
		get records() {
			return written.records;
		},
		get bytes() {
			return written.bytes;
		},
		async add(record) {
			const line = `${JSON.stringify(record)}\n`;
			waiting.push(line);
			waitingCharacters += line.length;
			written.records += 1;
			if (waitingCharacters >= bufferBytes) await flush();
		},
		async end() {
			await flush();
			await handle.sync();
			await handle.close();
			await rename(`${path}.tmp`, path);
			return { file, kind, ...written, sha256: hash.digest("hex") };
		},
		abandon: () => handle.close(),
	};
}

async function writeAll(handle: FileHandle, bytes: Buffer): Promise<void> {
	for (let at = 0; at < bytes.length; ) {
		at += (await handle.write(bytes, at)).bytesWritten;
	}
}

/** A small file, whole or not at all. */
export async function writeJson(
	folder: string,
	file: string,
	value: object,
): Promise<void> {
	const path = join(folder, file);
	const handle = await open(`${path}.tmp`, "w", 0o600);
	try {
		const text = `${JSON.stringify(value, null, "\t")}\n`;
		await writeAll(handle, Buffer.from(text));
		await handle.sync();
	} finally {
		await handle.close();
	}
	await rename(`${path}.tmp`, path);
}

/** Undefined when there is none. Throws `Misuse` for what is not such a file. */
export async function readJson<S extends z.ZodType>(
	folder: string,
	file: string,
	schema: S,
): Promise<z.output<S> | undefined> {
	let text: string;
	try {
		text = await readFile(join(folder, file), "utf8");
	} catch (error) {
		if (error instanceof Error && "code" in error && error.code === "ENOENT") {
			return undefined;
		}
		throw new Misuse(
			`${join(folder, file)} cannot be read: ${error instanceof Error ? error.message : error}.`,
		);
	}
	const checked = schema.safeParse(parsed(text));
	if (checked.success) return checked.data;
	const [issue] = checked.error.issues;
	throw new Misuse(
		`${join(folder, file)} is not of an export that this version reads: ${issue?.path.join(".")} ${issue?.message}.`,
	);
}

/** Is the part as it was written? Resolves with what is wrong, in words. */
export async function faultOfPart(
	folder: string,
	part: Part,
): Promise<string | undefined> {
	const hash = createHash("sha256");
	let bytes = 0;
	try {
		for await (const piece of createReadStream(join(folder, part.file))) {
			hash.update(piece);
			bytes += piece.length;
		}
	} catch (error) {
		return `${part.file} cannot be read: ${error instanceof Error ? error.message : error}`;
	}
	if (bytes !== part.bytes) {
		return `${part.file} has ${bytes} bytes, and had ${part.bytes}`;
	}
	return hash.digest("hex") === part.sha256
		? undefined
		: `${part.file} is not as it was written: its SHA-256 is another`;
}

/** Its records, in order. Throws `Misuse` for a line that is none. */
export async function* recordsOf<Kind extends TransferKind>(
	folder: string,
	part: Part,
	kind: Kind,
): AsyncIterable<TransferRecords[Kind]> {
	const schema = schemas[kind] as unknown as z.ZodType<TransferRecords[Kind]>;
	let number = 0;
	for await (const line of linesOf(join(folder, part.file))) {
		number += 1;
		const checked = schema.safeParse(parsed(line));
		if (checked.success) {
			yield checked.data;
			continue;
		}
		const [issue] = checked.error.issues;
		throw new Misuse(
			`Line ${number} of ${part.file} is no record of ${kind}: ${issue?.path.join(".")} ${issue?.message}.`,
		);
	}
}

async function* linesOf(path: string): AsyncIterable<string> {
	let rest = "";
	for await (const piece of createReadStream(path, "utf8")) {
		const lines = (rest + piece).split("\n");
		rest = lines.pop() ?? "";
		if (rest.length > maxLineCharacters) {
			throw new Misuse(`${path} has a line that is too long.`);
		}
		yield* lines;
	}
	if (rest !== "") yield rest;
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
