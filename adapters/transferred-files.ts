/** Files that people moved: their bytes beside an output, by their content. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { addAbortSignal, Readable } from "node:stream";
import {
	type ArchivedEvent,
	type Delivery,
	type FileReference,
	Undeliverable,
} from "../plugin/compliance/adapter.ts";
import { writeWhole } from "./whole-file.ts";

export type Transfer = Extract<
	ArchivedEvent,
	{ readonly type: "uploaded" | "downloaded" }
>;

export function transfersOf(
	events: readonly ArchivedEvent[],
): readonly Transfer[] {
	return events.filter(
		(event): event is Transfer =>
			event.type === "uploaded" || event.type === "downloaded",
	);
}

/** Each of the files once. Throws `Undeliverable` for events whose file is not what the archive says it is. */
export async function copyFiles(
	directory: string,
	output: string,
	transfers: readonly Transfer[],
	{ open, signal, log }: Pick<Delivery, "open" | "signal" | "log">,
): Promise<void> {
	const copied = new Set<string>();
	for (const { file } of transfers) {
		const name = copyName(output, file);
		if (copied.has(name)) continue;
		copied.add(name);
		const events = transfers
			.filter((transfer) => transfer.file.sha256 === file.sha256)
			.map(({ id }) => id);
		// The source itself: what reads a stream that stands still would wait with it.
		const content = await openUnlessMissing(file, { open, log });
		if (content === undefined) continue;
		const source = addAbortSignal(signal, content);
		try {
			const proven = Readable.from(verified(source, file, events));
			await writeWhole(join(directory, name), proven, signal);
		} finally {
			source.destroy();
		}
	}
}

/** Undefined for one that was archived without its bytes, and still has none. */
export async function openUnlessMissing(
	file: FileReference,
	{ open, log }: Pick<Delivery, "open" | "log">,
): Promise<Readable | undefined> {
	try {
		return await open(file);
	} catch (error) {
		if (file.missing === undefined || !(error instanceof Undeliverable)) {
			throw error;
		}
		log.warn({ sha256: file.sha256 }, "a file that is missing is left out");
		return undefined;
	}
}

/** What the copy is called: by the content; of its owner's name only an ending that can do no harm. */
export function copyName(
	output: string,
	{ name, sha256 }: FileReference,
): string {
	const [ending = ""] = /\.[A-Za-z0-9]{1,10}$/.exec(name) ?? [];
	return `${output}.${sha256}${ending.toLowerCase()}`;
}

/** Breaks off at the end when it was another content, so that the file never appears. */
export async function* verified(
	content: Readable,
	{ sha256 }: FileReference,
	events: readonly string[],
): AsyncGenerator<Buffer> {
	const hash = createHash("sha256");
	for await (const chunk of content) {
		const bytes = Buffer.from(chunk as Uint8Array);
		hash.update(bytes);
		yield bytes;
	}
	if (hash.digest("hex") !== sha256) {
		throw new Undeliverable(
			`The file ${sha256} in the compliance file store has another content. Restore it, then retry.`,
			events,
		);
	}
}
