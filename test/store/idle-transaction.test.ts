/** A client that is silent in the middle of a transaction, frozen or cut off, does not keep its locks for ever. */
import { equal, rejects } from "node:assert/strict";
import { type Knex, makeDatabase } from "../../plugin/store/index.ts";
import { type FreshDatabase, freshMysql } from "../support/databases.ts";
import { until } from "../support/until.ts";

describe("a transaction that nobody goes on with (mysql)", () => {
	let fresh: FreshDatabase;
	let silent: Knex;
	let other: Knex;

	before(async () => {
		fresh = await freshMysql();
		silent = makeDatabase(fresh.description);
		other = makeDatabase(fresh.description);
		await other.schema.createTable("held", (table) => {
			table.integer("id").primary();
			table.integer("value");
		});
		await other("held").insert({ id: 1, value: 0 });
	});
	after(async () => {
		await silent.destroy();
		await other.destroy();
		await fresh.drop();
	});

	it("is ended by the database within seconds, and others get what it had locked", async () => {
		const transaction = await silent.transaction();
		await transaction("held").where({ id: 1 }).update({ value: 1 });
		const write = () => other("held").where({ id: 1 }).update({ value: 2 });
		await rejects(write(), /Lock wait timeout|ER_LOCK_WAIT_TIMEOUT/);
		await until(
			() =>
				write().then(
					() => true,
					() => false,
				),
			{
				what: "the lock",
				withinMs: 20_000,
			},
		);
		await rejects(transaction("held").where({ id: 1 }).update({ value: 3 }));
		await transaction.rollback().catch(() => {});
		equal((await other("held").first("value")).value, 2);
	});
});
