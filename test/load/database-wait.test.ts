/** How long somebody has been waiting for a connection to the database. */
import { equal } from "node:assert/strict";
import { watchDatabaseWait } from "../../plugin/load/database-wait.ts";
import { makeDatabase } from "../../plugin/store/index.ts";
import { freshSqlite } from "../support/databases.ts";

describe("the wait for the database", () => {
	it("is that of who has waited longest, and nothing when nobody does", async () => {
		const fresh = await freshSqlite();
		const knex = makeDatabase(fresh.description);
		let nowMs = 0;
		const wait = watchDatabaseWait(knex, () => nowMs);
		const held = await knex.transaction();
		equal(wait.longestMs(), 0);
		const first = knex.raw("select 1");
		const firstDone = first.then(() => undefined);
		nowMs = 300;
		const secondDone = knex.raw("select 1").then(() => undefined);
		nowMs = 1_000;
		equal(wait.longestMs(), 1_000);
		await held.rollback();
		await Promise.all([firstDone, secondDone]);
		equal(wait.longestMs(), 0);
		wait.close();
		await knex.destroy();
		await fresh.drop();
	});
});
