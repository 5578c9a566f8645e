/** The store's contract: the schema goes forward and back, by one node at a time. */
import assert from "node:assert/strict";
import { migrations } from "../../migrations/index.ts";
import {
	migrateBack,
	migrateForward,
	openStore,
} from "../../plugin/store/index.ts";
import { addRoom, type OpenStore } from "./samples.ts";
import { readSchema } from "./schema.ts";

export function migrationsContract(open: OpenStore): void {
	describe("the schema", function () {
		this.timeout(30_000);

		it("goes forward, back to nothing, and forward again", async () => {
			const { store, knex, close } = await open();
			try {
				await addRoom(store);
				await migrateBack(knex);
				assert.equal(await knex.schema.hasTable("rooms"), false);
				assert.deepEqual(
					await migrateForward(knex),
					migrations.map(({ name }) => name),
				);
				assert.deepEqual(await migrateForward(knex), []);
				const again = await openStore(knex);
				await addRoom(again);
				assert.notEqual(again.id, store.id, "other data, another GUID");
			} finally {
				await close();
			}
		});

		it("is brought forward once when several nodes start at once", async () => {
			const { knex, another, close } = await open();
			try {
				await migrateBack(knex);
				await knex.schema.dropTable("knex_migrations");
				await knex.schema.dropTable("knex_migrations_lock");
				const nodes = await Promise.all([another(), another(), another()]);
				assert.equal(new Set(nodes.map(({ id }) => id)).size, 1);
				assert.equal((await knex("knex_migrations")).length, migrations.length);
			} finally {
				await close();
			}
		});

		it("keeps the database's GUID from one start to the next", async () => {
			const { store, another, close } = await open();
			try {
				assert.match(store.id, /^[0-9a-f-]{36}$/);
				assert.equal((await another()).id, store.id);
			} finally {
				await close();
			}
		});

		it("has a primary key in every table and no triggers or foreign keys", async () => {
			const { knex, close } = await open();
			try {
				const { tables, triggers, foreignKeys } = await readSchema(knex);
				assert.ok(tables.length > 8);
				for (const { name, primaryKey } of tables) {
					assert.ok(primaryKey, `${name} has no primary key`);
				}
				assert.deepEqual(
					{ triggers, foreignKeys },
					{ triggers: 0, foreignKeys: 0 },
				);
			} finally {
				await close();
			}
		});
	});
}
