/** What a look at the outbox costs MariaDB when compliance was down for long: no more than what is asked for. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import {
	type Knex,
	makeDatabase,
	openStore,
} from "../../plugin/store/index.ts";
import { owedEvents } from "../../plugin/store/outbox.ts";
import { insertAll } from "../../plugin/store/rows.ts";
import { type FreshDatabase, freshMysql } from "../support/databases.ts";

describe("a long outbox on mysql", () => {
	let database: FreshDatabase;
	let knex: Knex;

	before(async () => {
		database = await freshMysql();
		knex = makeDatabase(database.description);
		await openStore(knex);
		await insertAll(
			knex,
			"outbox",
			Array.from({ length: 4_000 }, (_, at) => ({
				id: randomUUID(),
				room_id: "",
				type: "posted",
				at,
				payload: "{}",
			})),
		);
	});
	after(async () => {
		await knex?.destroy();
		await database?.drop();
	});

	async function rowsRead(work: (db: Knex) => Promise<unknown>) {
		return knex.transaction(async (tx) => {
			const read = async () => {
				const [rows] = await tx.raw("show session status like 'Handler_read%'");
				return (rows as readonly { Value: string }[])
					.map(({ Value }) => Number(Value))
					.reduce((sum, each) => sum + each, 0);
			};
			const before = await read();
			await work(tx);
			return (await read()) - before;
		});
	}

	it("is read, counted and forgotten without going through it all", async () => {
		const oldest = await rowsRead((tx) => owedEvents(tx).oldest(50, 1e6));
		assert.ok(oldest <= 250, `${oldest} rows for the oldest 50`);
		const behind = await rowsRead((tx) => owedEvents(tx, 100).behind());
		assert.ok(behind <= 250, `${behind} rows to count 100`);
		const taken = await owedEvents(knex).oldest(50, 1e6);
		const forget = await rowsRead((tx) => owedEvents(tx).forget(taken));
		assert.ok(forget <= 250, `${forget} rows to forget 50`);
		assert.equal((await owedEvents(knex).behind()).owed, 3_950);
	});
});
