/** What is particular to SQLite: a full disk, another process that writes, a commit that fails. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import {
	type Knex,
	makeDatabase,
	openStore,
	type Store,
} from "../../plugin/store/index.ts";
import { addRoom, append, refused } from "../contracts/samples.ts";
import { type FreshDatabase, freshSqlite } from "../support/databases.ts";

describe("a SQLite file", () => {
	let database: FreshDatabase;
	let file: string;
	let knex: Knex;
	let store: Store;

	before(async () => {
		database = await freshSqlite();
		if (database.description.client !== "sqlite") throw new Error("not SQLite");
		file = join(dirname(database.description.file), "made", "by", "us.sqlite");
		knex = makeDatabase({ client: "sqlite", file });
		store = await openStore(knex);
	});
	after(async () => {
		await knex?.destroy();
		await database?.drop();
	});

	it("is made with its directory", () => {
		assert.ok(existsSync(file));
	});

	it("has every commit on the disk before it is acknowledged", async () => {
		const pragma = async (name: string) =>
			Object.values((await knex.raw(`pragma ${name}`))[0])[0];
		assert.equal(await pragma("journal_mode"), "wal");
		assert.equal(await pragma("synchronous"), 2);
	});

	it("on a full disk refuses posts, reads on, and takes posts when there is room again", async () => {
		const room = await addRoom(store);
		const [{ page_count: pages }] = await knex.raw("pragma page_count");
		await knex.raw(`pragma max_page_count = ${pages}`);
		const post = (text: string) =>
			store.transaction((tx) => append(tx, room.id, text));
		try {
			await refused("unavailable", post("x".repeat(100_000)));
		} finally {
			await knex.raw("pragma max_page_count = 1000000");
		}
		assert.deepEqual(await store.messages.latest(room.id, 9), []);
		assert.equal((await post("x".repeat(100_000))).sequence, 1);
	});

	it("that another process writes to is waited for, in time", async () => {
		const room = await addRoom(store);
		const other = makeDatabase({ client: "sqlite", file });
		try {
			const writing = await other.transaction();
			await writing("settings").insert({ name: "other", value: "" });
			const post = store.transaction((tx) => append(tx, room.id, "waits"));
			const blocked = store.transaction((tx) => append(tx, room.id, "waits"));
			await store.messages.latest(room.id, 1);
			await writing.commit();
			await Promise.all([post, blocked]);
		} finally {
			await other.destroy();
		}
	});

	it("that another process keeps locked refuses posts within 5 s", async () => {
		const room = await addRoom(store);
		const other = makeDatabase({ client: "sqlite", file });
		try {
			const writing = await other.transaction();
			await writing("settings").insert({ name: "kept", value: "" });
			const begun = performance.now();
			await refused(
				"unavailable",
				store.transaction((tx) => append(tx, room.id, "waits")),
			);
			assert.ok(performance.now() - begun < 6_000);
			await writing.rollback();
		} finally {
			await other.destroy();
		}
	});

	it("works on after a commit that failed", async () => {
		const room = await addRoom(store);
		await knex.raw("create table parent (id integer primary key)");
		await knex.raw(
			"create table child (id integer primary key, parent integer references parent (id) deferrable initially deferred)",
		);
		await knex.raw("pragma foreign_keys = on");
		await assert.rejects(
			knex.transaction((tx) => tx("child").insert({ id: 1, parent: 7 })),
			/FOREIGN KEY/,
		);
		await store.transaction((tx) => append(tx, room.id, "after"));
		assert.equal((await store.messages.latest(room.id, 9)).length, 1);
		assert.equal((await knex("child")).length, 0);
	});

	it("that is no database is refused when it is opened", async () => {
		const other = makeDatabase({
			client: "sqlite",
			file: join(import.meta.dirname, "sqlite.test.ts"),
		});
		try {
			await refused("unavailable", openStore(other));
		} finally {
			await other.destroy();
		}
	});
});
