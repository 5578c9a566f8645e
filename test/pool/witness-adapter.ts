/** An adapter that says in a file when each of its deliveries begins and how it ends, and holds one back as long as the test wants. */
import { appendFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { AdapterFactory } from "../../plugin/compliance/adapter.ts";
import { type Line, lineOf } from "./lines-adapter.ts";

/** In the order in which it happened: appended whole. The last two are said by the test. */
export interface Witnessed {
	readonly node: string;
	readonly what: "began" | "took" | "gave up" | "gone" | "woken";
	/** What it took. */
	readonly lines?: readonly Line[];
}

export interface WitnessOptions {
	readonly directory: string;
	readonly node: string;
}

const pollMs = 10;

export const holdFile = ({ directory, node }: WitnessOptions) =>
	join(directory, `hold-${node}`);

export function witness(
	{ directory }: Pick<WitnessOptions, "directory">,
	said: Witnessed,
): void {
	appendFileSync(join(directory, "witnessed"), `${JSON.stringify(said)}\n`);
}

const witnessAdapter: AdapterFactory = async (given) => {
	const options = given as WitnessOptions;
	const { node } = options;
	return {
		async deliver(batch, { signal }) {
			witness(options, { node, what: "began" });
			try {
				while (existsSync(holdFile(options))) {
					await pause(pollMs, undefined, { signal });
				}
				signal.throwIfAborted();
			} catch (error) {
				witness(options, { node, what: "gave up" });
				throw error;
			}
			witness(options, { node, what: "took", lines: batch.map(lineOf) });
		},
	};
};

export default witnessAdapter;
