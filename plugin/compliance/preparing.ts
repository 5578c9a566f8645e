/**
 * What is owed made ready for the archive: the files that events name are copied first. What is in the way of one file keeps the
 * events of its room waiting and no others; what is gone for good keeps nobody: its event goes, and says so.
 */
import type { OwedEvent as OwedRow } from "../store/store.ts";
import type { Owed } from "./archive.ts";
import { type EventRecord, recordOf, unreadable } from "./archived.ts";
import type { FileReference } from "./events.ts";
import { type ComplianceFiles, FileMissing } from "./files.ts";
import { readOwed } from "./owed-shape.ts";

export interface PreparingOptions {
	readonly files: Pick<ComplianceFiles, "keep">;
	/** So long the file store must have said that it has not the bytes. */
	readonly missingFileAfterMs: number;
	readonly domain: string;
}

export interface Prepared {
	/** Those that may go, in their order, and what they become. */
	readonly rows: readonly OwedRow[];
	readonly events: readonly Owed[];
	/** The rooms of the others, and what keeps the first of them waiting; undefined when there are none. */
	readonly waiting: ReadonlySet<string>;
	readonly inTheWay: Error | undefined;
}

/** Files that are looked for in vain. */
const missingAtMost = 1_000;

export function prepareOwed({
	files,
	missingFileAfterMs,
	domain,
}: PreparingOptions): (rows: readonly OwedRow[]) => Promise<Prepared> {
	/** By SHA-256, when it was first not there. */
	const missingSince = new Map<string, number>();

	async function kept(file: FileReference): Promise<FileReference> {
		try {
			await files.keep(file);
			missingSince.delete(file.sha256);
			return file;
		} catch (error) {
			if (!(error instanceof FileMissing)) throw error;
			if (sinceMs(file) < missingFileAfterMs) throw error;
			return { ...file, missing: error.how };
		}
	}

	function sinceMs({ sha256 }: FileReference): number {
		const now = performance.now();
		const since = missingSince.get(sha256) ?? now;
		missingSince.set(sha256, since);
		const [first] =
			missingSince.size > missingAtMost ? missingSince.keys() : [];
		if (first !== undefined) missingSince.delete(first);
		return now - since;
	}

	return async (rows) => {
		const waiting = new Set<string>();
		const ready: OwedRow[] = [];
		const events: Owed[] = [];
		let inTheWay: Error | undefined;
		for (const row of rows) {
			if (waiting.has(row.room)) continue;
			try {
				const record = recordIn(row, domain);
				const whole =
					record.type === "uploaded" || record.type === "downloaded"
						? { ...record, file: await kept(record.file) }
						: record;
				events.push({ record: whole, text: JSON.stringify(whole) });
				ready.push(row);
			} catch (error) {
				waiting.add(row.room);
				inTheWay ??= error instanceof Error ? error : new Error(String(error));
			}
		}
		return { rows: ready, events, waiting, inTheWay };
	};
}

/** An event; or what is left of one that somebody has altered, which no repeat cures. */
function recordIn(row: OwedRow, domain: string): EventRecord {
	const event = readOwed(String(row.payload), String(row.type));
	const isItself =
		event !== undefined &&
		event.id === row.id &&
		event.type === row.type &&
		("room" in event ? event.room.id : "") === row.room;
	return isItself ? recordOf(event, domain) : unreadable(row, domain);
}
