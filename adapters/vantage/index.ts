/** The `vantage` adapter: FileDump XML for Actiance / Smarsh Vantage, a file with each delivery. README.md describes it. */
import { join } from "node:path";
import type {
	AdapterContext,
	ComplianceAdapter,
} from "../../plugin/compliance/adapter.ts";
import { checkOptions } from "../options.ts";
import { outputName } from "../output-name.ts";
import { copyFiles, transfersOf } from "../transferred-files.ts";
import { prepareDirectory, writeWhole } from "../whole-file.ts";
import { writeDocument } from "../xml-text.ts";
import { fileDump } from "./document.ts";
import { vantageOptions } from "./options.ts";

export default async function createVantageAdapter(
	given: unknown,
	{ name }: AdapterContext,
): Promise<ComplianceAdapter> {
	const options = checkOptions(name, vantageOptions, given);
	await prepareDirectory(options.outputDirectory);
	return {
		async deliver(batch, delivery) {
			if (batch.length === 0) return;
			const { replay, present, signal, log } = delivery;
			const output = outputName(name, batch, replay);
			if (options.copyFiles) {
				const transfers = transfersOf(batch);
				await copyFiles(options.outputDirectory, output, transfers, delivery);
			}
			const file = `${output}.xml`;
			const dump = await fileDump(batch, present, { ...options, output });
			const { text, replaced } = await writeDocument(dump);
			if (replaced > 0) {
				log.warn(
					{ file, replaced },
					"characters that XML forbids were replaced by U+FFFD",
				);
			}
			await writeWhole(join(options.outputDirectory, file), text, signal);
		},
	};
}
