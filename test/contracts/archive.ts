/** What every archive must do, whatever database it is on: `plugin/compliance/archive.ts`, sentence by sentence. */
import { adaptersContract } from "./archive-adapters.ts";
import { addingContract } from "./archive-adding.ts";
import { leasesContract } from "./archive-leases.ts";
import { pruneContract } from "./archive-prune.ts";
import { readingContract } from "./archive-reading.ts";
import type { OpenArchive } from "./archive-samples.ts";
import { archiveSchemaContract } from "./archive-schema.ts";

/** `open` gives an archive on a fresh, empty database each time. */
export function archiveContract(name: string, open: OpenArchive): void {
	describe(`the archive on ${name}`, () => {
		addingContract(open);
		readingContract(open);
		adaptersContract(open);
		leasesContract(open);
		pruneContract(open);
		archiveSchemaContract(open);
	});
}
