/**
 * Export and import on the database itself. An export reads beside the service that runs, and costs it nothing but the reading. An
 * import keeps ids, numbers, authors and times, which no door lets anybody choose, and no running node expects: all nodes are stopped for it.
 */
import { existsSync } from "node:fs";
import { lockDatabase } from "../../../lock-file.ts";
import type { Actor, UserUri } from "../../../plugin/rooms/types.ts";
import {
	type DatabaseDescription,
	makeDatabase,
	openStore,
	type Store,
} from "../../../plugin/store/index.ts";
import { Misuse, NotSafe } from "../../commands/command.ts";
import { Unreachable } from "../../socket/client.ts";
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

/** Throws `Misuse`, `Unreachable`. */
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
		const { domain } = configuration.service;
		return await exportTo(asked, { knex, domain, progress });
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
	const description = chatDatabase(configuration);
	if (asked.dryRun) demandFile(description);
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
		const outcome = error instanceof Misuse ? "refused" : "failed";
		const reason = error instanceof Misuse ? "malformed" : "fault";
		await audit.end(position, outcome, reason, "{}");
		throw error;
	}
}

function demandFile(description: DatabaseDescription): void {
	if (description.client === "mysql" || existsSync(description.file)) return;
	throw new Misuse(`There is no file ${description.file}.`);
}

/** Throws `NotSafe` while the service has the file. */
function lockedFor(description: DatabaseDescription): () => void {
	if (description.client === "mysql") return () => {};
	try {
		return lockDatabase(description.file);
	} catch (error) {
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
