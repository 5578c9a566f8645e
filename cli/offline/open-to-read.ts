/** A database opened so that nothing of it is changed, also where nothing can be written. */
import { existsSync } from "node:fs";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
	type DatabaseDescription,
	type Knex,
	makeDatabase,
} from "../../plugin/store/index.ts";

export interface Opened {
	readonly knex: Knex;
	close(): Promise<void>;
}

/** Throws the driver's error. */
export async function openToRead(
	description: DatabaseDescription,
): Promise<Opened> {
	if (description.client === "mysql") return opened(makeDatabase(description));
	const { file } = description;
	try {
		return await openSqlite(file);
	} catch (error) {
		if (!needsToWrite(error)) throw error;
		return openCopy(file);
	}
}

function opened(knex: Knex): Opened {
	return { knex, close: () => knex.destroy() };
}

async function openSqlite(file: string): Promise<Opened> {
	const knex = makeDatabase({ client: "sqlite", file, readOnly: true });
	try {
		await knex("sqlite_master").first();
		return opened(knex);
	} catch (error) {
		await knex.destroy();
		throw error;
	}
}

/** What was written last lies in files beside it, which SQLite makes also to read: on a medium that takes none it cannot. */
function needsToWrite(error: unknown): boolean {
	return (
		error instanceof Error &&
		"code" in error &&
		/^SQLITE_(CANTOPEN|READONLY)/.test(String(error.code))
	);
}

/** Where nothing can be written, nobody writes meanwhile: the copy is whole. */
async function openCopy(file: string): Promise<Opened> {
	const directory = await mkdtemp(join(tmpdir(), "persistent-chat-verify-"));
	const remove = () => rm(directory, { recursive: true });
	try {
		const copy = join(directory, "archive.sqlite");
		for (const ending of ["", "-wal"]) {
			if (existsSync(file + ending))
				await copyFile(file + ending, copy + ending);
		}
		const { knex, close } = await openSqlite(copy);
		return { knex, close: () => close().finally(remove) };
	} catch (error) {
		await remove();
		throw error;
	}
}
