/** The store's contract: what compliance is owed waits in order, is read in pieces, and is forgotten when it has been taken. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { ComplianceEvent } from "../../plugin/compliance/events.ts";
import { openStore } from "../../plugin/store/index.ts";
import { insertAll } from "../../plugin/store/rows.ts";
import {
	addCategory,
	addRoom,
	alice,
	append,
	kept,
	type OpenStore,
	posted,
	type StoreUnderTest,
} from "./samples.ts";

const byteLength = (text: string) => Buffer.byteLength(text);

function removed(name: string, at: Date): ComplianceEvent {
	return {
		id: randomUUID(),
		type: "directory-changed",
		at,
		actor: alice,
		subject: name,
		before: null,
		after: null,
	};
}

export function outboxContract(open: OpenStore): void {
	describe("what is owed", () => {
		let opened: StoreUnderTest;
		before(async () => {
			opened = await open();
		});
		after(() => opened?.close());
		beforeEach(() => opened.knex("outbox").delete());

		const owe = async (names: readonly string[], at = new Date(1_000)) => {
			const events = names.map((name) => removed(name, at));
			await opened.store.transaction(async (tx) => {
				for (const event of events) await tx.outbox.add(event);
			});
			return events;
		};
		const subjects = async (limit: number, bytes: number) =>
			(await opened.store.outbox.oldest(limit, bytes)).map(
				({ payload }) => JSON.parse(payload).subject,
			);

		it("is read oldest first, as it was written, no more than was asked for", async () => {
			const events = await owe(["a 😀 会議", "b", "c"]);
			const rows = await opened.store.outbox.oldest(2, 1e6);
			assert.deepEqual(
				rows.map(({ id, payload }) => ({ id, payload })),
				events
					.slice(0, 2)
					.map((event) => ({ id: event.id, payload: JSON.stringify(event) })),
			);
			const [first, second] = rows.map(({ position }) => position);
			assert.equal(typeof first, "number");
			assert.ok(kept(first) < kept(second));
			assert.deepEqual(await subjects(1_000, 1e6), ["a 😀 会議", "b", "c"]);
		});

		it("is read by bytes too, UTF-8, and one event however long it is", async () => {
			const [first, second] = await owe(["会議会議", "会議", "c"]);
			const both =
				byteLength(JSON.stringify(first)) + byteLength(JSON.stringify(second));
			assert.deepEqual(await subjects(9, both), ["会議会議", "会議"]);
			assert.deepEqual(await subjects(9, both - 1), ["会議会議"]);
			assert.deepEqual(await subjects(9, 1), ["会議会議"]);
		});

		it("is read past rooms that wait, however much they are owed, and from the beginning again", async () => {
			const { outbox } = opened.store;
			const room = await addRoom(opened.store);
			const inRoom = Array.from({ length: 5_100 }, (_, at) => ({
				id: randomUUID(),
				...{ room_id: room.id, type: "posted", at, payload: "{}" },
			}));
			await insertAll(opened.knex, "outbox", inRoom);
			await owe(["a", "b", "c"]);
			const rooms = new Set([room.id]);
			const batch = { events: 2, bytes: 1e6 };
			const start = await outbox.past({ rooms, after: 0 }, batch);
			assert.deepEqual(start.events, []);
			assert.equal(start.isEnd, false);
			const some = await outbox.past({ rooms, after: start.through }, batch);
			const named = ({ events }: typeof some) =>
				events.map(({ payload }) => JSON.parse(payload).subject);
			assert.deepEqual(named(some), ["a", "b"]);
			assert.equal(some.isEnd, false);
			const rest = await outbox.past({ rooms, after: some.through }, batch);
			assert.deepEqual(named(rest), ["c"]);
			assert.equal(rest.isEnd, true);
			const bytes = { events: 9, bytes: 1 };
			const one = await outbox.past({ rooms, after: start.through }, bytes);
			assert.deepEqual(named(one), ["a"]);
			assert.equal(one.isEnd, false);
			const none = new Set<string>();
			const all = await outbox.past({ rooms: none, after: 0 }, batch);
			assert.equal(all.events.length, 2);
			assert.equal(all.isEnd, false);
		});

		it("is told by itself of categories whose compliance is closed", async () => {
			const { store } = opened;
			const closed = await addCategory(store, { compliance: "closed" });
			const quiet = await addCategory(store, { compliance: "closed" });
			const open = await addRoom(store);
			const rooms = [
				await addRoom(store, { category: closed.id }),
				await addRoom(store, { category: closed.id }),
				open,
			];
			await addRoom(store, { category: quiet.id });
			const before = Date.now();
			for (const room of rooms) {
				await store.transaction(async (tx) => {
					await tx.outbox.add(posted(room, await append(tx, room.id, "x")));
				});
			}
			const [first] = await opened.knex("outbox").orderBy("position");
			const found = await store.outbox.closedBehind();
			assert.deepEqual([...found.keys()], [closed.id]);
			assert.equal(found.get(closed.id)?.id, first.id);
			assert.ok(Number(found.get(closed.id)?.at) >= before);
		});

		it("stays until it is forgotten, then what is left comes first", async () => {
			await owe(["a", "b", "c"]);
			const { outbox } = opened.store;
			const taken = await outbox.oldest(2, 1e6);
			assert.deepEqual(await outbox.oldest(2, 1e6), taken);
			await outbox.forget(taken);
			await outbox.forget(taken);
			await outbox.forget([]);
			assert.deepEqual(await subjects(9, 1e6), ["c"]);
		});

		it("is not forgotten for another one that had its position before", async () => {
			await owe(["a"]);
			const { outbox } = opened.store;
			const [row] = await outbox.oldest(1, 1e6);
			await outbox.forget([{ position: kept(row).position, id: randomUUID() }]);
			assert.deepEqual(await subjects(9, 1e6), ["a"]);
		});

		it("is read and forgotten by thousands", async () => {
			await owe(Array.from({ length: 1_500 }, (_, i) => `${i}`));
			const { outbox } = opened.store;
			const rows = await outbox.oldest(1_400, 1e9);
			assert.deepEqual(
				rows.map(({ payload }) => JSON.parse(payload).subject),
				Array.from({ length: 1_400 }, (_, i) => `${i}`),
			);
			await outbox.forget(rows);
			assert.equal((await outbox.behind()).owed, 100);
		});

		it("is counted, with the time since when the first is owed, whenever it happened", async () => {
			const { outbox } = opened.store;
			assert.deepEqual(await outbox.behind(), { owed: 0 });
			const before = Date.now();
			await owe(["a"], new Date(5_123));
			const after = Date.now();
			await owe(["b", "c"], new Date(9_000));
			const { owed, first } = await outbox.behind();
			assert.equal(owed, 3);
			const at = first?.at.getTime() ?? 0;
			assert.ok(before <= at && at <= after);
		});

		it("is read by one node while another one adds to it", async () => {
			const other = await opened.another();
			await owe(["a"]);
			const taken = await opened.store.outbox.oldest(9, 1e6);
			await other.transaction((tx) =>
				tx.outbox.add(removed("b", new Date(2_000))),
			);
			await opened.store.outbox.forget(taken);
			assert.deepEqual(await subjects(9, 1e6), ["b"]);
		});

		it("is nothing when the store was opened so", async () => {
			const store = await openStore(opened.knex, { owes: false });
			const room = await addRoom(store);
			await store.transaction(async (tx) => {
				await tx.outbox.add(posted(room, await append(tx, room.id, "x")));
			});
			assert.equal((await store.messages.latest(room.id, 1)).length, 1);
			assert.deepEqual(await store.outbox.behind(), { owed: 0 });
		});
	});
}
