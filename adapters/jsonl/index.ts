/** `jsonl`: each event a line of JSON in files that only grow, whole: position and evidence too, so that they prove themselves. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import type {
	AdapterFactory,
	ArchivedEvent,
} from "../../plugin/compliance/adapter.ts";
import { checkOptions } from "../options.ts";
import { mapInTurns } from "../turns.ts";
import { prepareDirectory, writeWhole } from "../whole-file.ts";
import { append, findEnd } from "./end.ts";
import { lineOf, portions } from "./portions.ts";

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
	const options = checkOptions(adapter, optionsSchema, given);
	const { directory, fileBytes } = options;
	/** Of this start of the service: no other writes to files with it in their names. */
	const run = randomBytes(4).toString("hex");
	const prefix = `${adapter}-`;
	const pathOf = (name: string) => join(directory, `${adapter}-${name}`);
	await prepareDirectory(directory);

	return {
		async deliver(batch, { replay, signal, log }) {
			if (replay) {
				const lines = await mapInTurns(batch, (event) => lineOf(event).text);
				return writeWhole(pathOf(replayName(batch)), lines.join(""), signal);
			}
			// The end is looked up each time: what failed, was killed, or was written by another node needs no case of its own.
			const end = await findEnd(directory, { prefix, run }, log);
			const known = batch.findIndex(({ id }) => id === end.lastEvent);
			const fresh = await mapInTurns(batch.slice(known + 1), lineOf);
			for (const { name, lines } of portions(fresh, end, { fileBytes, run })) {
				await append(pathOf(name), lines, signal);
			}
		},
	};
};

export default jsonl;

/** Again the same for the same events: a repeat takes the place of what there is. */
function replayName(batch: readonly ArchivedEvent[]): string {
	const [first, last] = [batch.at(0), batch.at(-1)].map((event) =>
		String(event?.position).padStart(12, "0"),
	);
	return `replay-${first}-${last}.jsonl`;
}
