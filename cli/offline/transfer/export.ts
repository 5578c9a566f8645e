/**
 * An export: everything but messages as of one moment, then the messages of those rooms up to that moment's newest. It reads the
 * database beside the service that runs. A part is there whole or not at all; one that was interrupted goes on with the next.
 */
import { randomUUID } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import {
	type Knex,
	messagesToExport,
	readExport,
	type TransferRecords,
} from "../../../plugin/store/index.ts";
import { Misuse } from "../../commands/command.ts";
import { makeFolder } from "./folder.ts";
import {
	formatName,
	formatVersion,
	kinds,
	type Manifest,
	manifestSchema,
	type State,
	stateSchema,
} from "./format.ts";
import {
	type PartWriter,
	readJson,
	recordsOf,
	writeJson,
	writePart,
} from "./parts.ts";

export interface ExportAsked {
	readonly folder: string;
	/** Messages posted then or later. */
	readonly since: Date | undefined;
	readonly passwords: boolean;
}

export interface ExportWork {
	readonly knex: Knex;
	readonly domain: string;
	readonly progress: (done: number, of?: number) => void;
	/** Messages of one part; default 50,000. */
	readonly partMessages?: number;
}

export interface Exported extends Manifest {
	/** It went on where an earlier one was interrupted. */
	readonly resumed: boolean;
}

const pageMost = 500;
const partBytes = 64 * 1024 * 1024;

/** Throws `Misuse`. */
export async function exportTo(
	{ folder, since, passwords }: ExportAsked,
	work: ExportWork,
): Promise<Exported> {
	await makeFolder(folder);
	const begun = await beginning(folder);
	const sinceText = since?.toISOString() ?? null;
	if (begun !== undefined) {
		const same = begun.since === sinceText && begun.passwords === passwords;
		if (!same || begun.domain !== work.domain) {
			throw new Misuse(
				`${folder} holds an export that was begun with other options (--since ${begun.since ?? "not given"}, --passwords ${begun.passwords ? "given" : "not given"}): give the same ones, or another folder.`,
			);
		}
	}
	const state: State = begun ?? {
		format: formatName,
		version: formatVersion,
		id: randomUUID(),
		begunAt: new Date().toISOString(),
		databaseId: await databaseId(work.knex),
		domain: work.domain,
		since: sinceText,
		passwords,
		parts: [],
		next: null,
	};
	if (state.databaseId !== (await databaseId(work.knex))) {
		throw new Misuse(`${folder} holds an export of another database.`);
	}
	// What is found beside it from now on is its own.
	if (begun === undefined) await writeJson(folder, "state.json", state);
	const after =
		state.next === null
			? await exportAllButMessages(folder, state, work)
			: state;
	const whole = await exportMessages(folder, after, work);
	const { next: _, ...head } = whole;
	const manifest = { ...head, endedAt: new Date().toISOString() };
	await writeJson(folder, "manifest.json", manifest);
	await rm(join(folder, "state.json"), { force: true });
	return { ...manifest, resumed: begun !== undefined };
}

/** How far an earlier one came. Throws `Misuse` for a folder that holds something else. */
async function beginning(folder: string): Promise<State | undefined> {
	if ((await readJson(folder, "manifest.json", manifestSchema)) !== undefined) {
		throw new Misuse(`${folder} holds a whole export: give another folder.`);
	}
	const state = await readJson(folder, "state.json", stateSchema);
	const names = await readdir(folder);
	// Killed while it wrote its first line about itself: nothing else is there then.
	const others = names.filter((name) => name !== "state.json.tmp");
	if (state === undefined && others.length > 0) {
		throw new Misuse(
			`${folder} is not empty, and holds no export: give another folder.`,
		);
	}
	return state;
}

async function databaseId(knex: Knex): Promise<string> {
	const row: { readonly value: string } | undefined = await knex("settings")
		.where({ name: "database-id" })
		.first("value");
	return row?.value ?? "";
}

async function exportAllButMessages(
	folder: string,
	state: State,
	{ knex, progress }: ExportWork,
): Promise<State> {
	let done = 0;
	const parts = await readExport(knex, async (reader) => {
		const written: State["parts"] = [];
		for (const kind of kinds) {
			if (kind === "messages") continue;
			const part = await writePart(folder, `${kind}.jsonl`, kind);
			await closing(part, async () => {
				for await (const record of reader.all(kind)) {
					await part.add(shown(record, state.passwords));
					done += 1;
					if (done % pageMost === 0) progress(done);
				}
			});
			written.push(await part.end());
		}
		return written;
	});
	const after: State = { ...state, parts, next: { room: 0, after: 0 } };
	await writeJson(folder, "state.json", after);
	return after;
}

function shown(record: object, passwords: boolean): object {
	if (passwords || !("credentials" in record)) return record;
	const { credentials: _, ...others } = record;
	return others;
}

async function exportMessages(
	folder: string,
	begun: State,
	work: ExportWork,
): Promise<State> {
	const rooms = begun.parts.find(({ kind }) => kind === "rooms");
	if (rooms === undefined) throw new Misuse("The part of rooms is missing.");
	const { partMessages = 50_000, progress } = work;
	const pageMessages = Math.min(partMessages, pageMost);
	let state = begun;
	let part: PartWriter | undefined;
	let done = countOf(state);
	let line = -1;
	const from = begun.next ?? { room: 0, after: 0 };

	async function endPart(next: State["next"]): Promise<void> {
		if (part === undefined) return;
		const written = await part.end();
		part = undefined;
		state = { ...state, parts: [...state.parts, written], next };
		await writeJson(folder, "state.json", state);
	}

	try {
		for await (const room of recordsOf(folder, rooms, "rooms")) {
			line += 1;
			if (line < from.room) continue;
			const after = line === from.room ? from.after : 0;
			const asked = { after, since: begun.since, limit: pageMessages };
			for await (const page of pagesOf(work.knex, room, asked)) {
				const number = state.parts.filter(isOfMessages).length + 1;
				part ??= await writePart(folder, fileOf(number), "messages");
				for (const message of page) await part.add(message);
				done += page.length;
				progress(done);
				const last = page.at(-1)?.sequence ?? 0;
				if (part.records >= partMessages || part.bytes >= partBytes) {
					await endPart({ room: line, after: last });
				}
			}
		}
		await endPart({ room: line + 1, after: 0 });
	} catch (error) {
		await part?.abandon();
		throw error;
	}
	return state;
}

async function* pagesOf(
	knex: Knex,
	room: TransferRecords["rooms"],
	asked: {
		readonly after: number;
		readonly since: string | null;
		readonly limit: number;
	},
): AsyncIterable<readonly TransferRecords["messages"][]> {
	const { since, limit } = asked;
	for (let after = asked.after; after < room.lastSequence; ) {
		const page = await messagesToExport(knex, room.id, {
			after,
			through: room.lastSequence,
			since: since === null ? undefined : new Date(since),
			limit,
		});
		if (page.length > 0) yield page;
		if (page.length < limit) return;
		after = page.at(-1)?.sequence ?? room.lastSequence;
	}
}

const isOfMessages = ({ kind }: State["parts"][number]) => kind === "messages";

function countOf({ parts }: State): number {
	return parts
		.filter(isOfMessages)
		.reduce((sum, { records }) => sum + records, 0);
}

function fileOf(number: number): string {
	return `messages-${String(number).padStart(6, "0")}.jsonl`;
}

async function closing(
	part: PartWriter,
	work: () => Promise<void>,
): Promise<void> {
	try {
		await work();
	} catch (error) {
		await part.abandon();
		throw error;
	}
}
