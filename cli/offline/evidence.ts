/** Verifying without the running service: on the compliance database itself, or on the files of the adapter jsonl. */
import { createPublicKey } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fingerprintOf } from "../../plugin/compliance/signing.ts";
import { publicKeyFile } from "../../plugin/compliance/signing-key.ts";
import { type Verdict, verifyArchive } from "../../plugin/compliance/verify.ts";
import type {
	Noted,
	PublicKey,
} from "../../plugin/compliance/verify-checkpoints.ts";
import {
	type Line,
	type LinesVerdict,
	verifyLines,
} from "../../plugin/compliance/verify-lines.ts";
import {
	type DatabaseDescription,
	type Knex,
	readEvidence,
} from "../../plugin/store/index.ts";
import { Misuse } from "../commands/command.ts";
import { Unreachable } from "../socket/client.ts";
import { isOfDatabase } from "./faults.ts";
import { openToRead } from "./open-to-read.ts";
import { archiveDatabase, readSettings, type Settings } from "./settings.ts";
import {
	type ExportAsked,
	type Exported,
	exportDatabase,
	type ImportAsked,
	type Imported,
	importDatabase,
} from "./transfer/index.ts";
import { type Unlocked, unlockDatabases } from "./unlock.ts";

export type { LinesVerdict, Unlocked, Verdict };

export interface EvidencePlace {
	/** Of SQLite. */
	readonly file?: string | undefined;
	/** Of MySQL or MariaDB. */
	readonly url?: string | undefined;
	/** Files of public keys. */
	readonly keys?: readonly string[] | undefined;
	readonly noted?: readonly Noted[];
}

/** What is not said comes from the settings. All throw `Misuse` for what cannot be verified, `Unreachable`. */
export interface Offline {
	verifyArchive(
		place: EvidencePlace,
		progress: (events: number) => void,
	): Promise<Verdict>;
	verifyFiles(
		files: {
			readonly directory: string;
			/** Needed where several have theirs. */
			readonly adapter?: string | undefined;
		},
		progress: (events: number) => void,
	): Promise<LinesVerdict>;
	/** The databases of the settings. `dryRun`: nothing is unlocked. */
	unlockMigrations(dryRun: boolean): Promise<readonly Unlocked[]>;
	/** The database of the settings, while the service runs or not. */
	exportTo(asked: ExportAsked, progress: Tell): Promise<Exported>;
	/** Throws `NotSafe` too, while a node runs. */
	importFrom(asked: ImportAsked, progress: Tell): Promise<Imported>;
}

type Tell = (done: number, of?: number) => void;

/** `operator`: the name of the operating-system user. */
export function createOffline(
	settings: Settings,
	operator = "nobody",
): Offline {
	return {
		async verifyArchive({ noted = [], ...place }, progress) {
			const description = databaseOf(place, settings);
			const keys = await Promise.all(
				keyFilesOf(place, settings).map(publicKeyIn),
			);
			return onDatabase(description, (knex) =>
				readEvidence(knex, (reader) =>
					verifyArchive(reader, { keys, noted, onVerified: progress }),
				),
			);
		},
		verifyFiles: ({ directory, adapter }, progress) =>
			verifyLines(linesIn(directory, adapter), progress),
		unlockMigrations: (dryRun) => unlockDatabases(settings, dryRun),
		exportTo: (asked, progress) => exportDatabase(settings, asked, progress),
		importFrom: (asked, progress) =>
			importDatabase(settings, asked, operator, progress),
	};
}

async function onDatabase<T>(
	description: DatabaseDescription,
	work: (knex: Knex) => Promise<T>,
): Promise<T> {
	const where =
		description.client === "sqlite" ? description.file : "The database";
	let close = async () => {};
	try {
		const opened = await openToRead(description);
		close = opened.close;
		const { knex } = opened;
		if (!(await isArchive(knex))) {
			throw new Misuse(
				`${where} holds no archive of this version: name it with --file PATH or --url URL.`,
			);
		}
		return await work(knex);
	} catch (error) {
		if (error instanceof Misuse || !isOfDatabase(error)) throw error;
		if ("code" in error && error.code === "SQLITE_NOTADB") {
			throw new Misuse(`${where} is no SQLite database.`, { cause: error });
		}
		throw new Unreachable(`${where} cannot be read: ${error.message}.`, {
			cause: error,
		});
	} finally {
		await close();
	}
}

async function isArchive(knex: Knex): Promise<boolean> {
	return (
		(await knex.schema.hasTable("archive_checkpoints")) &&
		(await knex("archive_head").first()) !== undefined
	);
}

function databaseOf(
	{ file, url }: EvidencePlace,
	settings: Settings,
): DatabaseDescription {
	if (file !== undefined && url !== undefined) {
		throw new Misuse("--file and --url exclude each other.");
	}
	const description =
		file !== undefined
			? { client: "sqlite" as const, file }
			: url !== undefined
				? mysqlAt(url)
				: configured(settings).database;
	if (description.client === "sqlite" && !existsSync(description.file)) {
		throw new Misuse(`There is no file ${description.file}.`);
	}
	return description;
}

function mysqlAt(url: string): DatabaseDescription {
	if (URL.canParse(url) && url.startsWith("mysql://")) {
		return { client: "mysql", url };
	}
	throw new Misuse("--url must be like mysql://user:password@host:3306/name.");
}

function keyFilesOf(
	{ keys }: EvidencePlace,
	settings: Settings,
): readonly string[] {
	if (keys !== undefined) return keys;
	const { signingKey } = configured(settings);
	const beside = publicKeyFile(signingKey);
	// The public key is part of the private one.
	return [existsSync(beside) || !existsSync(signingKey) ? beside : signingKey];
}

function configured(settings: Settings): {
	readonly database: DatabaseDescription;
	readonly signingKey: string;
} {
	const { compliance, database } = readSettings(
		settings,
		"--file or --url, with --key, goes without it.",
	);
	const { signingKey } = compliance;
	return { database: archiveDatabase({ compliance, database }), signingKey };
}

async function publicKeyIn(file: string): Promise<PublicKey> {
	try {
		const key = createPublicKey(await readFile(file, "utf8"));
		if (key.asymmetricKeyType === "ed25519") {
			return { id: fingerprintOf(key), key };
		}
	} catch (error) {
		throw new Misuse(
			`The public key cannot be read: ${error instanceof Error ? error.message : error}. --key FILE names it; the service has written it beside its signing key, as ….pub.pem.`,
			{ cause: error },
		);
	}
	throw new Misuse(`${file} is no Ed25519 key.`);
}

/** What is delivered once more lies beside, with `replay` in its name: not in order with these. */
const namePattern = /^(.*?)-?\d{4}-\d{2}-\d{2}-\d{12}(?:-[0-9a-f]{8})?\.jsonl$/;

/** In the order in which the adapter has written them. Throws `Misuse`. */
async function* linesIn(
	directory: string,
	adapter: string | undefined,
): AsyncIterable<Line> {
	const names = await readdir(directory).catch((error: unknown) => {
		throw new Misuse(
			`The files cannot be read: ${error instanceof Error ? error.message : error}.`,
		);
	});
	const all = names.filter((name) => namePattern.test(name)).sort();
	const adapters = [...new Set(all.map(adapterOf))];
	const wanted = adapter ?? adapters[0];
	if (adapter === undefined && adapters.length > 1) {
		throw new Misuse(
			`${directory} has files of ${adapters.join(", ")}: say which with --adapter NAME.`,
		);
	}
	const files = all.filter((name) => adapterOf(name) === wanted);
	if (files.length === 0) {
		throw new Misuse(
			`${directory} has no files of ${adapter === undefined ? "the adapter jsonl" : `an adapter ${adapter}`}.`,
		);
	}
	for (const file of files) {
		const stream = createReadStream(join(directory, file), "utf8");
		let rest = "";
		let line = 0;
		for await (const piece of stream) {
			const texts = (rest + piece).split("\n");
			rest = texts.pop() ?? "";
			for (const text of texts) yield { file, line: ++line, text, torn: false };
		}
		if (rest !== "") yield { file, line: line + 1, text: rest, torn: true };
	}
}

function adapterOf(name: string): string {
	return namePattern.exec(name)?.[1] ?? "";
}
