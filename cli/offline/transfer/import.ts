/**
 * An import: first every part is checked by its sum, then all of it is compared with what is there, and only when nothing is in the way
 * it is put in, some hundred records a transaction. What is there already is passed over, so one that was interrupted is
 * begun again.
 */
import type {
	Store,
	TransferKind,
	TransferRecords,
} from "../../../plugin/store/index.ts";
import { Misuse, Unsound } from "../../commands/command.ts";
import { compare } from "./compare.ts";
import { eventsOf, importEvent, type Owing } from "./events.ts";
import { kinds, type Manifest, manifestSchema } from "./format.ts";
import { faultOfPart, readJson, recordsOf } from "./parts.ts";

export interface ImportAsked {
	readonly folder: string;
	/** Only compare. */
	readonly dryRun: boolean;
	/** What is other there stays as it is there; messages never are. */
	readonly keep: boolean;
}

export interface ImportWork extends Owing {
	readonly store: Pick<Store, "transfer" | "transaction">;
	/** The service's SIP domain. */
	readonly domain: string;
	readonly progress: (done: number, of?: number) => void;
}

export interface Imported {
	readonly id: string;
	readonly kinds: readonly {
		readonly kind: TransferKind;
		readonly records: number;
		/** Put in; in a dry run: would be. */
		readonly added: number;
		/** There already, just so. */
		readonly there: number;
		/** Other there. */
		readonly other: number;
	}[];
	/** The first 100. */
	readonly conflicts: readonly string[];
	readonly moreConflicts: number;
	/** Nothing was put in. */
	readonly dryRun: boolean;
	/** Nothing was put in, for there are conflicts. */
	readonly refused: boolean;
}

const batchRecords = 400;
const shownConflicts = 100;

/** Throws `Misuse` for what is no whole export, `Unsound` for one that is damaged. */
export async function importFrom(
	{ folder, dryRun, keep }: ImportAsked,
	work: ImportWork,
): Promise<Imported> {
	const manifest = await manifestOf(folder, work.domain);
	await demandWhole(folder, manifest, work.progress);
	const found = await compareAll(folder, manifest, keep, work);
	const refused = found.conflicts.length > 0;
	const result = { id: manifest.id, ...found, dryRun, refused };
	if (dryRun || refused) return result;
	await putIn(folder, manifest, work);
	const { at, actor } = work;
	await work.store.transaction(async (tx) => {
		await tx.outbox.add(
			importEvent(
				{ at, actor },
				{
					export: manifest.id,
					databaseId: manifest.databaseId,
					begunAt: manifest.begunAt,
					added: Object.fromEntries(
						found.kinds.map(({ kind, added }) => [kind, added]),
					),
				},
			),
		);
	});
	return result;
}

async function manifestOf(folder: string, domain: string): Promise<Manifest> {
	const manifest = await readJson(folder, "manifest.json", manifestSchema);
	if (manifest === undefined) {
		throw new Misuse(
			`${folder} holds no whole export: one that was interrupted goes on with "export ${folder}".`,
		);
	}
	if (manifest.domain === domain) return manifest;
	throw new Misuse(
		`The export is of the domain ${manifest.domain}, and this service is of ${domain}: its people would be nobody here.`,
	);
}

/** Throws `Unsound` with everything that is wrong. */
async function demandWhole(
	folder: string,
	{ parts }: Manifest,
	progress: ImportWork["progress"],
): Promise<void> {
	const faults: string[] = [];
	for (const [index, part] of parts.entries()) {
		const fault = await faultOfPart(folder, part);
		if (fault !== undefined) faults.push(fault);
		progress(index + 1, parts.length);
	}
	if (faults.length === 0) return;
	throw new Unsound(
		`The export is damaged, and nothing was put in:\n  ${faults.slice(0, 20).join("\n  ")}`,
	);
}

function totalOf({ parts }: Manifest): number {
	return parts.reduce((sum, { records }) => sum + records, 0);
}

async function compareAll(
	folder: string,
	manifest: Manifest,
	keep: boolean,
	{ store, progress }: ImportWork,
): Promise<Pick<Imported, "kinds" | "conflicts" | "moreConflicts">> {
	const conflicts: string[] = [];
	let more = 0;
	let done = 0;
	const total = totalOf(manifest);
	const tell = (sentences: readonly string[]) => {
		const room = shownConflicts - conflicts.length;
		conflicts.push(...sentences.slice(0, room));
		more += Math.max(0, sentences.length - room);
	};
	const counted: Imported["kinds"][number][] = [];
	for (const kind of kinds) {
		const count = { kind, records: 0, added: 0, there: 0, other: 0 };
		for await (const batch of batchesOf(folder, manifest, kind)) {
			const found = await compare(store.transfer, kind, batch);
			count.records += batch.length;
			count.added += found.fresh.length;
			count.there += found.there;
			count.other += batch.length - found.fresh.length - found.there;
			const stays = keep && kind !== "messages";
			tell(stays ? found.conflicts.filter(isTaken) : found.conflicts);
			done += batch.length;
			progress(done, total);
		}
		counted.push(count);
	}
	return { kinds: counted, conflicts, moreConflicts: more };
}

/** A name that another has cannot be given, whatever is to stay. */
function isTaken(sentence: string): boolean {
	return /: another /.test(sentence);
}

async function putIn(
	folder: string,
	manifest: Manifest,
	{ store, progress, at, actor }: ImportWork,
): Promise<void> {
	let done = 0;
	const total = totalOf(manifest);
	for (const kind of kinds) {
		for await (const batch of batchesOf(folder, manifest, kind)) {
			await store.transaction(async (tx) => {
				const { fresh } = await compare(tx.transfer, kind, batch);
				await tx.transfer.add(kind, fresh);
				const owed = await eventsOf(tx, kind, fresh, { at, actor });
				await tx.outbox.add(...owed);
			});
			done += batch.length;
			progress(done, total);
		}
	}
}

async function* batchesOf<Kind extends TransferKind>(
	folder: string,
	{ parts }: Manifest,
	kind: Kind,
): AsyncIterable<readonly TransferRecords[Kind][]> {
	for (const part of parts) {
		if (part.kind !== kind) continue;
		let batch: TransferRecords[Kind][] = [];
		for await (const record of recordsOf(folder, part, kind)) {
			batch.push(record);
			if (batch.length < batchRecords) continue;
			yield batch;
			batch = [];
		}
		if (batch.length > 0) yield batch;
	}
}
