/** MariaDB goes away and comes back: posts are refused in time, nothing acknowledged is lost, work resumes by itself. */
import assert from "node:assert/strict";
import {
	type Knex,
	makeDatabase,
	openStore,
	type Store,
} from "../../plugin/store/index.ts";
import { addRoom, append, refused } from "../contracts/samples.ts";
import { freshMysql } from "../support/databases.ts";
import { type MariadbService, startMariadb } from "../support/services.ts";
import { until } from "../support/until.ts";

/** "Within about 5 s", on a machine that has other things to do. */
const refusedWithinMs = 6_500;

describe("MariaDB away", function () {
	this.timeout(90_000);
	let server: MariadbService;
	let knex: Knex;
	let store: Store;

	before(async () => {
		server = await startMariadb({ durable: true });
		const { description } = await freshMysql(server.url);
		knex = makeDatabase(description);
		store = await openStore(knex);
	});
	after(async () => {
		await knex?.destroy();
		await server?.stop();
	});

	const post = (room: Awaited<ReturnType<typeof addRoom>>, text: string) =>
		store.transaction((tx) => append(tx, room.id, text));
	const refusedInTime = async (attempt: () => Promise<unknown>) => {
		const begun = performance.now();
		await refused("unavailable", attempt());
		const tookMs = performance.now() - begun;
		assert.ok(tookMs < refusedWithinMs, `refused only after ${tookMs} ms`);
	};
	const postsAgain = (room: Awaited<ReturnType<typeof addRoom>>) =>
		until(
			() =>
				post(room, "after").then(
					() => true,
					() => false,
				),
			{ what: "a post that is kept", withinMs: 30_000 },
		);

	it("by kill -9: refused in time, all acknowledged kept, resumes by itself", async () => {
		const room = await addRoom(store);
		const acknowledged: number[] = [];
		const posting = Promise.allSettled(
			Array.from({ length: 500 }, (_, index) =>
				post(room, `${index}`).then(({ sequence }) => {
					acknowledged.push(sequence);
				}),
			),
		);
		await until(() => acknowledged.length > 20, { what: "twenty posts" });
		await server.kill();
		await refusedInTime(() => post(room, "while away"));
		await refusedInTime(() => store.rooms.find(room.id));
		await posting;
		await server.startAgain();
		await postsAgain(room);
		const kept = await store.messages.between(room.id, 0, 10_000);
		const sequences = new Set(kept.map(({ sequence }) => sequence));
		assert.deepEqual(
			acknowledged.filter((sequence) => !sequences.has(sequence)),
			[],
		);
		assert.equal(kept.at(-1)?.sequence, kept.length, "a gap");
	});

	it("frozen: refused in time, resumes by itself", async () => {
		const room = await addRoom(store);
		process.kill(server.processId, "SIGSTOP");
		try {
			await Promise.all([
				refusedInTime(() => post(room, "while frozen")),
				refusedInTime(() => store.messages.latest(room.id, 1)),
				refusedInTime(() => store.users.isEmpty()),
			]);
			await refusedInTime(() => post(room, "still frozen"));
		} finally {
			process.kill(server.processId, "SIGCONT");
		}
		await postsAgain(room);
	});

	it("read-only: posts are refused, reading goes on", async () => {
		const room = await addRoom(store);
		await knex.raw("set global read_only = 1");
		const { url } = server;
		try {
			// The tests' own user may write all the same: make one who may not.
			await knex.raw("create user if not exists 'plain'@'127.0.0.1'");
			await knex.raw("grant all on `%`.* to 'plain'@'127.0.0.1'");
			const [[{ name }]] = await knex.raw("select database() as name");
			const plain = makeDatabase({
				client: "mysql",
				url: `mysql://plain@${new URL(url).host}/${name}`,
			});
			try {
				const theirs = await openStore(plain);
				await refusedInTime(() =>
					theirs.transaction((tx) => append(tx, room.id, "no")),
				);
				assert.equal((await theirs.rooms.find(room.id))?.id, room.id);
			} finally {
				await plain.destroy();
			}
		} finally {
			await knex.raw("set global read_only = 0");
		}
	});

	it("from the start: not opened, and it is said why", async () => {
		await server.kill();
		try {
			const other = makeDatabase({
				client: "mysql",
				url: `${server.url}/none`,
			});
			try {
				await refusedInTime(() => openStore(other));
			} finally {
				await other.destroy();
			}
		} finally {
			await server.startAgain();
		}
	});
});
