/** What could not be archived whole: it is in the archive all the same, marked, and set aside here until somebody has decided. */
import type { EventRecord } from "./archived.ts";

/** The step before all adapters, as the list of what is set aside calls it; no adapter can be called so. */
export const archiving = "@archive";

/** Why this event is set aside as it is archived; undefined: it is whole. */
export function reasonToSetAside(record: EventRecord): string | undefined {
	if (record.type === "unreadable") {
		return "What the chat database owed here (table outbox) is no event that can be archived: it was altered. It is archived as it was found.";
	}
	if (!("file" in record)) return undefined;
	const { missing, sha256 } = record.file;
	if (missing === "gone") {
		return `The file store has lost the file ${sha256}: the event is archived without its bytes.`;
	}
	if (missing === "altered") {
		return `The file store gives other bytes than those of the file ${sha256}: the event is archived without them.`;
	}
	return undefined;
}
