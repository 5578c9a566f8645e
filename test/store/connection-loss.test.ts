/** What a post hears when its connection to MariaDB breaks at the worst moment, or when two nodes are in each other's way. */
import assert from "node:assert/strict";
import {
	type Knex,
	makeDatabase,
	openStore,
	type Store,
	type StoreLog,
} from "../../plugin/store/index.ts";
import {
	addRoom,
	alice,
	append,
	draft,
	refused,
	someTime,
} from "../contracts/samples.ts";
import { type FreshDatabase, freshMysql } from "../support/databases.ts";
import { type MysqlProxy, startProxy } from "./proxy.ts";

describe("a connection to MariaDB", () => {
	let database: FreshDatabase;
	let proxy: MysqlProxy;
	let knex: Knex;
	let store: Store;
	let repeats = 0;
	const log: StoreLog = {
		debug(_, message) {
			if (message === "transaction begins again") repeats++;
		},
		info() {},
		warn() {},
	};

	before(async () => {
		database = await freshMysql();
		if (database.description.client !== "mysql") throw new Error("not MySQL");
		proxy = await startProxy(database.description.url);
		knex = makeDatabase({ client: "mysql", url: proxy.url });
		store = await openStore(knex, { log });
	});
	beforeEach(() => {
		repeats = 0;
	});
	after(async () => {
		await knex?.destroy();
		await proxy?.close();
		await database?.drop();
	});

	it("lost before the commit is replaced, and the work done again", async () => {
		const room = await addRoom(store);
		proxy.cutAt("insert into `messages`", "before");
		await store.transaction((tx) => append(tx, room.id, "once"));
		assert.equal(proxy.seen(), 2);
		const messages = await store.messages.latest(room.id, 9);
		assert.deepEqual(
			messages.map(({ text }) => text),
			["once"],
		);
	});

	it("lost during a read is replaced, and the read done again", async () => {
		const room = await addRoom(store);
		proxy.cutAt("from `rooms`", "after");
		assert.equal((await store.rooms.find(room.id))?.name, room.name);
	});

	it("lost during the commit refuses the post and does not repeat it", async () => {
		const room = await addRoom(store);
		proxy.cutAt("COMMIT", "after");
		let runs = 0;
		const error = await refused(
			"unavailable",
			store.transaction((tx) => {
				runs++;
				return append(tx, room.id, "perhaps");
			}),
		);
		assert.equal(runs, 1);
		assert.match(error.message, /may have been kept/);
		assert.equal((await store.messages.latest(room.id, 9)).length, 1);
	});

	it("lost during the commit of a post: tried again with its key it is kept once", async () => {
		const room = await addRoom(store);
		const post = () =>
			store.transaction(async (tx) =>
				tx.messages.append(
					await tx.rooms.lock(room.id),
					alice,
					{ ...draft(room.id, "perhaps"), key: "attempt" },
					someTime,
				),
			);
		proxy.cutAt("COMMIT", "after");
		await refused("unavailable", post());
		assert.equal((await post()).sequence, 1);
		assert.equal((await store.messages.latest(room.id, 9)).length, 1);
	});

	it("whose statement fails shows no value in the error", async () => {
		const room = await addRoom(store);
		proxy.cutAt("insert into `messages`", "before");
		const secret = "what people write is in no log";
		const failing = store.transaction(async (tx) => {
			const first = await append(tx, room.id, secret).catch((error) => error);
			proxy.cutAt("", "before");
			throw new Error(String(first.message));
		});
		await assert.rejects(failing, (error: Error) => {
			assert.match(error.message, /insert into `messages`/);
			return !error.message.includes(secret);
		});
	});

	it("in a deadlock with another is given another turn, and both succeed", async () => {
		const [one, two] = [await addRoom(store), await addRoom(store)];
		let arrived = 0;
		const bothHaveOne = signal();
		const post = (first: typeof one, second: typeof one) =>
			store.transaction(async (tx) => {
				await append(tx, first.id, "first");
				if (++arrived === 2) bothHaveOne.give();
				await bothHaveOne.given;
				await append(tx, second.id, "second");
			});
		await Promise.all([post(one, two), post(two, one)]);
		assert.ok(repeats >= 1, "there was no deadlock");
		for (const room of [one, two]) {
			assert.equal((await store.messages.latest(room.id, 9)).length, 2);
		}
	});

	it("works in READ COMMITTED, strictly, and waits 2 s for a lock", async () => {
		const [[row]] = await knex.raw(
			"select @@tx_isolation as isolation, @@sql_mode as mode, @@innodb_lock_wait_timeout as wait",
		);
		assert.equal(row.isolation, "READ-COMMITTED");
		assert.match(row.mode, /STRICT_ALL_TABLES/);
		assert.equal(row.wait, 2);
	});

	it("takes one statement at a time", async () => {
		await assert.rejects(knex.raw("select 1; select 2"), /SQL syntax/);
	});
});

function signal() {
	let give = () => {};
	const given = new Promise<void>((resolve) => {
		give = resolve;
	});
	return { given, give };
}
