/** The `xml` adapter: Lync's compliance XML, a file or a file a room with each delivery. README.md describes it. */
import { join } from "node:path";
import type {
	AdapterContext,
	ArchivedEvent,
	ComplianceAdapter,
	Delivery,
} from "../../plugin/compliance/adapter.ts";
import { checkOptions } from "../options.ts";
import { outputName } from "../output-name.ts";
import { makeProgress } from "../progress.ts";
import { copyFiles, transfersOf } from "../transferred-files.ts";
import { prepareDirectory, writeWhole } from "../whole-file.ts";
import { writeDocument, type XmlElement } from "../xml-text.ts";
import { extendedDocument, lyncDocument, tellable } from "./document.ts";
import { manifestOf } from "./manifest.ts";
import { type XmlOptions, xmlOptions } from "./options.ts";
import { type Transformation, transform } from "./transform.ts";

export default async function createXmlAdapter(
	given: unknown,
	{ name }: AdapterContext,
): Promise<ComplianceAdapter> {
	const options = checkOptions(name, xmlOptions, given);
	const transformation = transformationOf(options);
	if (transformation !== undefined) {
		await transform(
			(await writeDocument(await lyncDocument([], options))).text,
			transformation,
		);
	}
	await prepareDirectory(options.outputDirectory);
	const progress = { ordinary: makeProgress(), replay: makeProgress() };
	return {
		async deliver(batch, delivery) {
			const outputs = options.oneChatRoomPerOutputFile
				? perRoom(batch)
				: [{ part: "", events: batch }];
			const { once, done } = progress[delivery.replay ? "replay" : "ordinary"];
			for (const { part, events } of outputs) {
				if (events.length === 0) continue;
				const output = outputName(name, events, delivery.replay, part);
				const work = { options, transformation, delivery };
				await once(output, events, () => writeOutput(output, events, work));
			}
			done();
		},
	};
}

function transformationOf(options: XmlOptions): Transformation | undefined {
	const { customConfiguration: stylesheet, transformTimeoutMs: timeoutMs } =
		options;
	return stylesheet === undefined ? undefined : { stylesheet, timeoutMs };
}

interface Output {
	/** In the file's name. */
	readonly part: string;
	readonly events: readonly ArchivedEvent[];
}

function perRoom(batch: readonly ArchivedEvent[]): readonly Output[] {
	const rooms = new Map<string, ArchivedEvent[]>();
	for (const event of batch) {
		const part = event.room?.id ?? "no-room";
		const events = rooms.get(part);
		if (events === undefined) rooms.set(part, [event]);
		else events.push(event);
	}
	return [...rooms].map(([part, events]) => ({ part, events }));
}

interface Work {
	readonly options: XmlOptions;
	readonly transformation: Transformation | undefined;
	readonly delivery: Delivery;
}

/** The `.xml` file last: when it is there, so is what belongs to it. */
async function writeOutput(
	output: string,
	events: readonly ArchivedEvent[],
	work: Work,
): Promise<void> {
	const { options, transformation, delivery } = work;
	const write = (ending: string, content: string | Uint8Array) =>
		writeWhole(
			join(options.outputDirectory, `${output}${ending}`),
			content,
			delivery.signal,
		);
	await writeAttachments(output, events, work, write);
	if (options.form === "both") {
		const file = `${output}.EVENTS`;
		const all = await extendedDocument(events, options);
		await write(".EVENTS", await textOf(all, file, delivery));
	}
	const file = `${output}.xml`;
	const document = await mainDocument(file, events, work);
	if (document === undefined) return;
	const text = await textOf(document, file, delivery);
	await write(
		".xml",
		transformation === undefined
			? text
			: await transform(text, transformation, delivery.signal),
	);
}

async function writeAttachments(
	output: string,
	events: readonly ArchivedEvent[],
	{ options, delivery }: Work,
	write: (ending: string, content: string) => Promise<void>,
): Promise<void> {
	const transfers = transfersOf(events);
	if (!options.createFileAttachmentsManifest || transfers.length === 0) return;
	await copyFiles(options.outputDirectory, output, transfers, delivery);
	const list = manifestOf(output, transfers);
	await write(".ATTACH", await textOf(list, `${output}.ATTACH`, delivery));
}

/** Undefined when there is nothing to be told in this form. */
async function mainDocument(
	file: string,
	events: readonly ArchivedEvent[],
	{ options, delivery: { log } }: Work,
): Promise<XmlElement | undefined> {
	if (options.form === "extended") return extendedDocument(events, options);
	const told = tellable(events);
	if (options.form === "lync" && told.length < events.length) {
		log.info(
			{ file, leftOut: events.length - told.length },
			"events that Lync's XML cannot tell were left out",
		);
	}
	// Whoever collects waits for the `.xml` file: beside everything it comes also when there is nothing in it.
	return told.length === 0 && options.form === "lync"
		? undefined
		: lyncDocument(told, options);
}

async function textOf(
	root: XmlElement,
	file: string,
	{ log }: Delivery,
): Promise<string> {
	const { text, replaced } = await writeDocument(root);
	if (replaced > 0) {
		log.warn(
			{ file, replaced },
			"characters that XML forbids were replaced by U+FFFD",
		);
	}
	return text;
}
