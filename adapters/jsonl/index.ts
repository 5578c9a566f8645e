/** `jsonl`: each event a line of JSON in files that only grow, whole: position and evidence too, so that they prove themselves. */
import { join } from "node:path";
import { z } from "zod";
import type {
	AdapterFactory,
	ArchivedEvent,
} from "../../plugin/compliance/adapter.ts";
import { checkOptions } from "../options.ts";
import { prepareDirectory, writeWhole } from "../whole-file.ts";
import { append, findEnd } from "./end.ts";
import { portions } from "./portions.ts";

const optionsSchema = z.strictObject({
	directory: z
		.string("must be the path of a directory")
		.min(1, "must be the path of a directory")
		.default("./data/compliance")
		.describe("Where the files are; made when missing"),
	fileBytes: z
		.int("must be a number of bytes")
		.min(1_000, "must be 1000 (bytes) or more")
		.default(100_000_000)
		.describe("A file that has reached this size is followed by another"),
});

const jsonl: AdapterFactory = async (given, { name: adapter }) => {
	const options = checkOptions("jsonl", optionsSchema, given);
	const { directory } = options;
	const pathOf = (name: string) => join(directory, `${adapter}-${name}`);
	await prepareDirectory(directory);

	return {
		async deliver(batch, { replay, signal, log }) {
			if (replay) {
				return writeWhole(pathOf(replayName(batch)), linesOf(batch), signal);
			}
			// The end is looked up each time: what failed, was killed, or was written by another node needs no case of its own.
			const end = await findEnd(directory, `${adapter}-`, log);
			const known = batch.findIndex(({ id }) => id === end.lastEvent);
			const fresh = batch.slice(known + 1);
			for (const { name, events } of portions(fresh, end, options.fileBytes)) {
				await append(pathOf(name), linesOf(events), signal);
			}
		},
	};
};

export default jsonl;

function linesOf(events: readonly ArchivedEvent[]): string {
	return events.map((event) => `${JSON.stringify(event)}\n`).join("");
}

/** Again the same for the same events: a repeat takes the place of what there is. */
function replayName(batch: readonly ArchivedEvent[]): string {
	const [first, last] = [batch.at(0), batch.at(-1)].map((event) =>
		String(event?.position).padStart(12, "0"),
	);
	return `replay-${first}-${last}.jsonl`;
}
