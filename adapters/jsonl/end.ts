/**
 * Where the files end: what is whole there, and how more is put behind it. Only the run that has made a file writes to it: another
 * node that has lost the adapter and not noticed may still be writing to its own, and nothing but reading is safe there.
 */
import { constants } from "node:fs";
import { access, type FileHandle, open, readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { AdapterLog } from "../../plugin/compliance/adapter.ts";
import { writeWhole } from "../whole-file.ts";
import type { LineOfEvent } from "./portions.ts";

export interface End {
	/** The newest file, its name without the prefix; undefined when there is none yet. */
	readonly file:
		| {
				readonly name: string;
				readonly bytes: number;
				/** This run has made it, and may write to it. */
				readonly own: boolean;
		  }
		| undefined;
	/** The id of the last event that is whole in the files. */
	readonly lastEvent: string | undefined;
}

/**
 * Behind the adapter's name: `<day>-<number>-<run>.jsonl`, the number being the position of its first event or more: names sort as
 * the events do. Files of earlier versions have no run.
 */
const namePattern = /^\d{4}-\d{2}-\d{2}-\d{12}(-[0-9a-f]{8})?\.jsonl$/;
const pieceBytes = 64 * 1024;
/** Of lines, in one write; a line that is longer is one by itself. */
const writeCharacters = 128 * 1024;
const lineFeed = 0x0a;

/**
 * An incomplete last line was never acknowledged: it is cut off a file of this run, and passed over in others. Reads no more of
 * the files than their last line.
 */
export async function findEnd(
	directory: string,
	{ prefix, run }: { readonly prefix: string; readonly run: string },
	log: AdapterLog,
): Promise<End> {
	const names = (await readdir(directory))
		.filter((name) => name.startsWith(prefix))
		.map((name) => name.slice(prefix.length))
		.filter((name) => namePattern.test(name));
	const pathOf = (name: string) => join(directory, `${prefix}${name}`);
	const [newest, ...older] = names.sort().reverse();
	if (newest === undefined) return { file: undefined, lastEvent: undefined };
	const own = newest.endsWith(`-${run}.jsonl`);
	const { bytes, line } = await lastLine(pathOf(newest), own, log);
	const file = { name: newest, bytes, own };
	if (line !== undefined)
		return { file, lastEvent: idIn(line, pathOf(newest)) };
	// Nothing came into the newest yet: the last event is in one before.
	for (const name of older) {
		const before = await lastLine(pathOf(name), false, log);
		if (before.line === undefined) continue;
		return { file, lastEvent: idIn(before.line, pathOf(name)) };
	}
	return { file, lastEvent: undefined };
}

/** Resolves when the lines are on the disk, and the file's name with them. Each write is of whole lines. */
export async function append(
	path: string,
	lines: readonly LineOfEvent[],
	signal: AbortSignal,
): Promise<void> {
	signal.throwIfAborted();
	if (!(await exists(path))) await writeWhole(path, "", signal);
	const file = await open(path, constants.O_WRONLY | constants.O_APPEND);
	try {
		for (const piece of piecesOf(lines)) {
			signal.throwIfAborted();
			await file.appendFile(piece);
		}
		await file.sync();
	} finally {
		await file.close();
	}
}

function* piecesOf(lines: readonly LineOfEvent[]): Iterable<string> {
	let piece = "";
	for (const { text } of lines) {
		if (piece !== "" && piece.length + text.length > writeCharacters) {
			yield piece;
			piece = "";
		}
		piece += text;
	}
	yield piece;
}

async function exists(path: string): Promise<boolean> {
	return access(path).then(
		() => true,
		() => false,
	);
}

async function lastLine(
	path: string,
	own: boolean,
	log: AdapterLog,
): Promise<{ readonly bytes: number; readonly line: string | undefined }> {
	const file = await open(path, own ? "r+" : "r");
	try {
		const { size } = await file.stat();
		const bytes = (await lastLineFeed(file, size)) + 1;
		if (own && bytes < size) {
			await file.truncate(bytes);
			await file.sync();
			const directory = dirname(path);
			const fields = { directory, file: basename(path), bytes: size - bytes };
			log.warn(fields, "An incomplete last line was cut off");
		}
		if (bytes === 0) return { bytes, line: undefined };
		const start = (await lastLineFeed(file, bytes - 1)) + 1;
		const line = Buffer.alloc(bytes - 1 - start);
		await file.read(line, 0, line.length, start);
		return { bytes, line: line.toString("utf8") };
	} finally {
		await file.close();
	}
}

/** The offset of the last line feed before `end`; -1 when there is none. */
async function lastLineFeed(file: FileHandle, end: number): Promise<number> {
	const piece = Buffer.alloc(Math.min(pieceBytes, end));
	for (let to = end; to > 0; to -= piece.length) {
		const from = Math.max(0, to - piece.length);
		const { bytesRead } = await file.read(piece, 0, to - from, from);
		const found = piece.subarray(0, bytesRead).lastIndexOf(lineFeed);
		if (found >= 0) return from + found;
	}
	return -1;
}

function idIn(line: string, file: string): string {
	try {
		const { id } = JSON.parse(line) as { readonly id?: unknown };
		if (typeof id === "string") return id;
	} catch {
		// Said below.
	}
	throw new Error(
		`The last line of ${file} is no event of this adapter: move the file elsewhere, then the next one is begun.`,
	);
}
