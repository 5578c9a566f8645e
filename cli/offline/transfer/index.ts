/**
 * Export and import on the database itself. An export reads beside the service that runs, and costs it nothing but the reading. An
 * import keeps ids, numbers, authors and times, which no door lets anybody choose, and no running node expects: all nodes are stopped for it.
 */
import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { lockDatabase } from "../../../lock-file.ts";
import type { Actor, UserUri } from "../../../plugin/rooms/types.ts";
import {
	chatSchema,
	type DatabaseDescription,
	type Knex,
	makeDatabase,
	openStore,
	SchemaTooNew,
	type Store,
} from "../../../plugin/store/index.ts";
import {
	Incomplete,
	Misuse,
	NotSafe,
	Unsound,
} from "../../commands/command.ts";
import { Unreachable } from "../../socket/client.ts";
import { isOfDatabase, isOfFiles } from "../faults.ts";
import { openToRead } from "../open-to-read.ts";
import { chatDatabase, readSettings, type Settings } from "../settings.ts";
import type { Owing } from "./events.ts";
import { type ExportAsked, type Exported, exportTo } from "./export.ts";
import { type ImportAsked, type Imported, importFrom } from "./import.ts";

export type { ExportAsked, Exported, ImportAsked, Imported };

type Tell = (done: number, of?: number) => void;

/** Nodes say every second that they live. */
const aliveWithinMs = 10_000;
/** One for all operators: they are no users. */
const operatorGuid = "00000000-0000-4000-8000-00000000000f";

/** Throws `Misuse`, `Unreachable`, `Incomplete` when not all could be written. */
export async function exportDatabase(
	settings: Settings,
	asked: ExportAsked,
	progress: Tell,
): Promise<Exported> {
	const configuration = readSettings(settings);
	const description = chatDatabase(configuration);
	demandFile(description);
	const { knex, close } = await reaching(() => openToRead(description));
	try {
		if (!(await reaching(() => knex.schema.hasTable("add_ins")))) {
			throw new Misuse(
				"The database is of an older version: start the service of this version on it once.",
			);
		}
		await demandKnown(knex);
		const { domain } = configuration.service;
		return await exportTo(asked, { knex, domain, progress });
	} catch (error) {
		throw inWords(
			error,
			"What is written of the export stays: give it again, and it goes on",
		);
	} finally {
		await close();
	}
}

/** `operator`: the name of the operating-system user. Throws `Misuse`, `NotSafe`, `Unreachable`. */
export async function importDatabase(
	settings: Settings,
	asked: ImportAsked,
	operator: string,
	progress: Tell,
): Promise<Imported> {
	const configuration = readSettings(settings);
	const { service, compliance } = configuration;
	const configured = chatDatabase(configuration);
	const description = asked.dryRun ? await asItStands(configured) : configured;
	const release = lockedFor(description);
	const knex = makeDatabase(description);
	try {
		const { mode, adapters } = compliance;
		const owes =
			mode === "elsewhere" || (mode !== "off" && adapters !== undefined);
		const store = await reaching(() => openStore(knex, { owes }));
		await demandStopped(store);
		const actor = operatorOf(service, operator);
		const work = {
			store,
			domain: service.domain,
			progress,
			at: new Date(),
			actor,
		};
		if (asked.dryRun) return await importFrom(asked, work);
		return await writtenDown(store, work, asked.folder, () =>
			importFrom(asked, work),
		);
	} catch (error) {
		throw inWords(error, "What is put in stays: give it again, and it goes on");
	} finally {
		await knex.destroy();
		release();
	}
}

function operatorOf(
	{
		poolUri,
		domain,
	}: { readonly poolUri?: string | undefined; readonly domain: string },
	operator: string,
): Actor {
	return {
		uri: (poolUri ?? `sip:persistentchat@${domain}`) as UserUri,
		displayName: `Operator (${operator})`,
		guid: operatorGuid,
		administrator: true,
		cameFrom: operator,
	};
}

/** Throws `NotSafe`. */
async function demandStopped({ nodes }: Pick<Store, "nodes">): Promise<void> {
	const since = new Date(Date.now() - aliveWithinMs);
	const alive = await nodes.aliveSince(since, 10);
	if (alive.length === 0) return;
	throw new NotSafe(
		`${alive.map(({ node }) => node).join(", ")} runs, or ran a moment ago: stop all nodes for an import, wait ten seconds, and try again.`,
	);
}

/** In the log of administrators' acts. */
async function writtenDown(
	{ audit }: Pick<Store, "audit">,
	{ actor, at }: Owing,
	folder: string,
	run: () => Promise<Imported>,
): Promise<Imported> {
	const position = await audit.add({
		at,
		actor,
		door: "offline",
		cameFrom: actor.cameFrom ?? "",
		action: "imported",
		subject: folder,
		details: "{}",
		outcome: "begun",
		reason: "",
	});
	try {
		const imported = await run();
		const { id, kinds, refused } = imported;
		const added = Object.fromEntries(
			kinds.map(({ kind, added }) => [kind, refused ? 0 : added]),
		);
		const outcome = refused ? "refused" : "done";
		const reason = refused ? "conflict" : "";
		await audit.end(position, outcome, reason, JSON.stringify({ id, added }));
		return imported;
	} catch (error) {
		const isRefusal = error instanceof Misuse || error instanceof Unsound;
		const outcome = isRefusal ? "refused" : "failed";
		const reason = isRefusal ? "malformed" : "fault";
		await audit.end(position, outcome, reason, "{}");
		throw error;
	}
}

/** What would become of a database that is not there yet is compared with. */
const anEmptyOne: DatabaseDescription = { client: "sqlite", file: ":memory:" };

/** What can be tried on without changing it: an empty one where there is nothing yet. Throws `Misuse`, `Unreachable`. */
async function asItStands(
	description: DatabaseDescription,
): Promise<DatabaseDescription> {
	if (isMissing(description)) return anEmptyOne;
	const { knex, close } = await reaching(() => openToRead(description));
	try {
		const { names, isNew } = await reaching(() => chatSchema.missing(knex));
		if (isNew) return anEmptyOne;
		if (names.length === 0) return description;
		throw new Misuse(
			"The database is of an older version, which a dry run leaves as it is: start the service of this version on it once, or import without --dry-run.",
		);
	} finally {
		await close();
	}
}

function isMissing(description: DatabaseDescription): boolean {
	return description.client === "sqlite" && !existsSync(description.file);
}

/** Throws `Misuse` for a schema of which this version does not know all that it would have to carry. */
async function demandKnown(knex: Knex): Promise<void> {
	try {
		await chatSchema.newer(knex);
	} catch (error) {
		if (!(error instanceof SchemaTooNew)) throw error;
		throw new Misuse(error.message, { cause: error });
	}
}

function demandFile(description: DatabaseDescription): void {
	if (description.client === "mysql" || !isMissing(description)) return;
	throw new Misuse(`There is no file ${description.file}.`);
}

/** Of what broke off in the middle; `after` says what then holds. */
function inWords(error: unknown, after: string): unknown {
	if (isOfFiles(error)) {
		const words = `A file could not be read or written: ${error.message}. ${after}.`;
		return new Incomplete(words, { cause: error });
	}
	if (!isOfDatabase(error)) return error;
	const words = `The database cannot be had any more: ${error.message}. ${after}.`;
	return new Unreachable(words, { cause: error });
}

/** Throws `NotSafe` while the service has the file. */
function lockedFor(description: DatabaseDescription): () => void {
	if (description.client === "mysql" || description === anEmptyOne) {
		return () => {};
	}
	const { file } = description;
	try {
		mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
		return lockDatabase(file);
	} catch (error) {
		if (isOfFiles(error)) {
			const why = error.message;
			throw new Unreachable(`The database ${file} cannot be had: ${why}.`, {
				cause: error,
			});
		}
		if (error instanceof Error && error.name === "DatabaseInUse") {
			throw new NotSafe(
				`The service runs on ${description.file}: stop it for an import.`,
				{ cause: error },
			);
		}
		throw error;
	}
}

async function reaching<T>(work: () => Promise<T>): Promise<T> {
	try {
		return await work();
	} catch (error) {
		const why = error instanceof Error ? error.message : String(error);
		throw new Unreachable(`The database cannot be had: ${why}.`, {
			cause: error,
		});
	}
}
