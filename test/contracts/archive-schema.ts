/** The archive's contract: its schema goes forward and back, by one node at a time, also beside the chat's own in one database. */
import assert from "node:assert/strict";
import { archiveMigrations } from "../../migrations/archive/index.ts";
import {
	chatSchema,
	openArchive,
	openStore,
} from "../../plugin/store/index.ts";
import { archiveSchema } from "../../plugin/store/migrate.ts";
import {
	all,
	type OpenArchive,
	posts,
	proveChains,
	relaying,
	room,
} from "./archive-samples.ts";
import { addRoom } from "./samples.ts";
import { type Content, readContent, readSchema } from "./schema.ts";

const names = archiveMigrations.map(({ name }) => name);

export function archiveSchemaContract(open: OpenArchive): void {
	describe("the schema", () => {
		it("goes forward, back to nothing, and forward again", async () => {
			const { archive, knex, close } = await open();
			try {
				await (await relaying(archive)).add(posts(room("One"), ["a"]));
				const before = Object.keys(await readContent(knex)).sort();
				await archiveSchema.back(knex);
				assert.equal(await knex.schema.hasTable("archive_events"), false);
				assert.deepEqual(await archiveSchema.forward(knex), names);
				assert.deepEqual(await archiveSchema.forward(knex), []);
				assert.deepEqual(Object.keys(await readContent(knex)).sort(), before);
				await (await relaying(archive)).add(posts(room("One"), ["a"]));
				assert.equal(await archive.head(), 1);
			} finally {
				await close();
			}
		});

		it("takes what is there through every later step, back and forward, unaltered", async () => {
			const { archive, knex, close } = await open();
			try {
				const { add } = await relaying(archive);
				await add(posts(room("One"), ["a", "b"]));
				const before = await readContent(knex);
				for (const { down } of archiveMigrations.slice(1).toReversed()) {
					await down(knex);
					await down(knex);
				}
				for (const { up } of archiveMigrations) {
					await up(knex);
					await up(knex);
				}
				const after = await readContent(knex);
				for (const table of [
					"archive_events",
					"archive_chains",
					"archive_head",
				]) {
					assert.deepEqual(after[table], before[table]);
				}
				assert.deepEqual(shapeOf(after), shapeOf(before));
				await (await relaying(archive)).add(posts(room("One"), ["c"]));
				proveChains(await all(archive));
			} finally {
				await close();
			}
		});

		it("is brought forward once when several nodes start at once", async () => {
			const { knex, another, close } = await open();
			try {
				await archiveSchema.back(knex);
				await knex.schema.dropTable("archive_migrations");
				await knex.schema.dropTable("archive_migrations_lock");
				await Promise.all([another(), another(), another()]);
				assert.equal((await knex("archive_migrations")).length, names.length);
				assert.equal((await knex("archive_head")).length, 1);
			} finally {
				await close();
			}
		});

		it("stands beside the chat's own in one database, and neither takes the other away", async () => {
			const { archive, knex, close } = await open();
			try {
				const store = await openStore(knex);
				await addRoom(store);
				const { add } = await relaying(archive);
				await add(posts(room("One"), ["a"]));
				await chatSchema.back(knex);
				assert.equal((await all(archive)).length, 1);
				await openStore(knex);
				await archiveSchema.back(knex);
				assert.equal(await knex.schema.hasTable("rooms"), true);
				await openArchive(knex);
				assert.equal(await archive.head(), 0);
				await addRoom(await openStore(knex));
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

function shapeOf(content: Readonly<Record<string, Content>>) {
	return Object.fromEntries(
		Object.entries(content).map(([table, { columns, indexes }]) => [
			table,
			{ columns, indexes },
		]),
	);
}
