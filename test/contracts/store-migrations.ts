/** The store's contract: the schema goes forward and back, by one node at a time. */
import assert from "node:assert/strict";
import * as messageSearch from "../../migrations/0005_message_search.ts";
import { migrations } from "../../migrations/index.ts";
import { chatSchema, type Knex, openStore } from "../../plugin/store/index.ts";
import { removeFromIndex } from "../../plugin/store/message-index.ts";
import { insertAll } from "../../plugin/store/rows.ts";
import { addRoom, kept, type OpenStore, someTime } from "./samples.ts";
import { readSchema } from "./schema.ts";

export function migrationsContract(open: OpenStore): void {
	describe("the schema", () => {
		it("goes forward, back to nothing, and forward again", async () => {
			const { store, knex, close } = await open();
			try {
				await addRoom(store);
				await chatSchema.back(knex);
				assert.equal(await knex.schema.hasTable("rooms"), false);
				assert.deepEqual(
					await chatSchema.forward(knex),
					migrations.map(({ name }) => name),
				);
				assert.deepEqual(await chatSchema.forward(knex), []);
				const again = await openStore(knex);
				await addRoom(again);
				assert.notEqual(again.id, store.id, "other data, another GUID");
			} finally {
				await close();
			}
		});

		it("of a newer version is used only where that allows it, and says so else", async () => {
			const { knex, another, close } = await open();
			const from = (name: string) =>
				knex("knex_migrations").insert({ name, batch: 9 });
			try {
				await from("9998_more_expands");
				assert.deepEqual(await chatSchema.newer(knex), ["9998_more_expands"]);
				assert.deepEqual(await chatSchema.forward(knex), []);
				await another();
				const [last] = migrations.slice(-1);
				const known = { name: last?.name };
				await knex("knex_migrations").where(known).delete();
				await assert.rejects(another(), { name: "SchemaTooNew" });
				await from(last?.name ?? "");
				await from("9999_other");
				await assert.rejects(another(), {
					name: "SchemaTooNew",
					message:
						/does not know 9999_other, and may not run beside it\. Start/,
				});
			} finally {
				await knex("knex_migrations").where("name", ">", "999").delete();
				await close();
			}
		});

		it("is brought forward once when several nodes start at once", async () => {
			const { knex, another, close } = await open();
			try {
				await chatSchema.back(knex);
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

		it("indexes the messages that are there, also when it is interrupted", async () => {
			const { store, knex, close } = await open();
			try {
				const { id } = await addRoom(store);
				await fill(knex, id, 5_000);
				await messageSearch.down(knex);
				await messageSearch.up(knex);
				await removeFromIndex(knex, id, range(4_500, 5_000));
				await messageSearch.up(knex);
				const room = kept(await store.rooms.find(id));
				const search = async (phrase: string, newestFirst = true) => {
					const { rooms } = await store.messageSearch.search({
						rooms: [room],
						phrases: [phrase],
						match: "all",
						matchCase: false,
						newestFirst,
						limitPerRoom: 5,
						limit: 5,
					});
					return rooms.flatMap(({ messages, total, more }) => [
						...messages.map(({ sequence }) => sequence),
						total,
						more,
					]);
				};
				assert.deepEqual(await search("number 2049"), [2049, 1, false]);
				assert.deepEqual(await search("thousands"), [
					...[5000, 4000, 3000, 2000, 1000],
					...[5, false],
				]);
				assert.deepEqual(await search("number", false), [
					...[1, 2, 3, 4, 5],
					...[200, true],
				]);
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

function range(first: number, last: number): number[] {
	return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** Messages as an earlier release has left them. */
async function fill(knex: Knex, room: string, count: number): Promise<void> {
	await insertAll(
		knex,
		"messages",
		range(1, count).map((sequence) => ({
			room_id: room,
			sequence,
			author_uri: "sip:alice@example.com",
			author_name: "Alice",
			posted_at: someTime.getTime() + sequence,
			alert: false,
			text: `number ${sequence}${sequence % 1_000 === 0 ? " thousands" : ""}`,
		})),
	);
	await knex("rooms").where({ id: room }).update({ last_sequence: count });
}
