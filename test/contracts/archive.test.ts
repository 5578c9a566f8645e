/** The archive's contract, on each database that we support. */
import type { Archive } from "../../plugin/compliance/archive.ts";
import {
	type Knex,
	makeDatabase,
	openArchive,
} from "../../plugin/store/index.ts";
import {
	type FreshDatabase,
	freshMysql,
	freshSqlite,
} from "../support/databases.ts";
import { archiveContract } from "./archive.ts";
import type { ArchiveUnderTest } from "./archive-samples.ts";

archiveContract("SQLite", () => open(freshSqlite));
archiveContract("MariaDB (mysql)", () => open(freshMysql));

async function open(
	fresh: () => Promise<FreshDatabase>,
): Promise<ArchiveUnderTest> {
	const database = await fresh();
	const connected: Knex[] = [];
	const another = async (): Promise<Archive> => {
		const knex = makeDatabase(database.description);
		connected.push(knex);
		return openArchive(knex);
	};
	const close = async () => {
		await Promise.all(connected.map((each) => each.destroy()));
		await database.drop();
	};
	const archive = await another().catch(async (error: unknown) => {
		await close();
		throw error;
	});
	const [knex] = connected;
	if (knex === undefined) throw new Error("not connected");
	return { archive, knex, another, close };
}
