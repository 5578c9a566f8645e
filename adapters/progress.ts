/** What of a batch is a whole file by now: one that comes again, for it took too long, goes on where it was. */
import { createHash } from "node:crypto";
import type { ArchivedEvent } from "../plugin/compliance/adapter.ts";

export interface Progress {
	/** Has `write` make the output, unless it has been made of the same events since the last batch was done. */
	once(
		output: string,
		events: readonly ArchivedEvent[],
		write: () => Promise<void>,
	): Promise<void>;
	/** The batch is whole: what is asked for once more is made once more. */
	done(): void;
}

/** More than a batch has events. */
const outputsAtMost = 20_000;

export function makeProgress(): Progress {
	const made = new Map<string, string>();
	return {
		async once(output, events, write) {
			const ids = events.map(({ id }) => id).join("\n");
			const digest = createHash("sha256").update(ids).digest("base64");
			if (made.get(output) === digest) return;
			made.delete(output);
			await write();
			made.set(output, digest);
			const [oldest] = made.size > outputsAtMost ? made.keys() : [];
			if (oldest !== undefined) made.delete(oldest);
		},
		done: () => made.clear(),
	};
}
