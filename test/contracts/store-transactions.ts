/** The store's contract: all or nothing, and what compliance is owed. */
import assert from "node:assert/strict";
import { ChatError } from "../../plugin/errors.ts";
import {
	addRoom,
	append,
	kept,
	posted,
	refused,
	type StoreUnderTest,
	sampleUser,
} from "./samples.ts";

export function transactionsContract(current: () => StoreUnderTest): void {
	const outboxOf = (room: string) =>
		current().knex("outbox").where({ room_id: room }).orderBy("position");

	describe("a transaction", () => {
		it("keeps what it did and answers what the work answered", async () => {
			const { store } = current();
			const user = sampleUser();
			const answer = await store.transaction(async (tx) => {
				await tx.users.add(user);
				return 42;
			});
			assert.equal(answer, 42);
			assert.ok(await store.users.find(user.uri));
		});

		it("that is refused leaves neither message nor event, and no gap", async () => {
			const { store } = current();
			const room = await addRoom(store);
			const refusal = new ChatError("forbidden", "no");
			const error = await refused(
				"forbidden",
				store.transaction(async (tx) => {
					const message = await append(tx, room.id, "never");
					await tx.outbox.add(posted(room, message));
					throw refusal;
				}),
			);
			assert.equal(error, refusal);
			assert.deepEqual(await store.messages.latest(room.id, 9), []);
			assert.deepEqual(await outboxOf(room.id), []);
			const next = await store.transaction((tx) => append(tx, room.id, "a"));
			assert.equal(next.sequence, 1);
		});

		it("rejects with the error that the work rejected with", async () => {
			const bug = new TypeError("a bug");
			const failing = current().store.transaction(async () => {
				throw bug;
			});
			await assert.rejects(failing, (error) => error === bug);
		});

		it("shows nothing to others before it is committed", async () => {
			const { another, store } = current();
			const other = await another();
			const room = await addRoom(store);
			await store.transaction(async (tx) => {
				await append(tx, room.id, "soon");
				assert.deepEqual(await other.messages.latest(room.id, 1), []);
			});
			assert.equal((await other.messages.latest(room.id, 1)).length, 1);
		});

		it("reads what another one has just committed, once it has the room", async () => {
			const { another, store } = current();
			const other = await another();
			const room = await addRoom(store);
			const [first, second] = await Promise.all(
				[store, other].map((node) =>
					node.transaction(async (tx) => {
						await tx.users.isEmpty();
						const { lastSequence } = await tx.rooms.lock(room.id);
						const seen = await tx.messages.latest(room.id, 9);
						assert.equal(seen.length, lastSequence);
						return append(tx, room.id, "mine");
					}),
				),
			);
			const sequences = [kept(first).sequence, kept(second).sequence];
			assert.deepEqual(sequences.toSorted(), [1, 2]);
		});
	});

	describe("the outbox", () => {
		it("keeps events whole, in the order in which they were added", async () => {
			const { store } = current();
			const room = await addRoom(store, { name: "Owed 😀 会議" });
			const events = await store.transaction(async (tx) => {
				const added = [];
				for (const text of ["one 😀", "two"]) {
					const event = posted(room, await append(tx, room.id, text));
					await tx.outbox.add(event);
					added.push(event);
				}
				return added;
			});
			const rows = await outboxOf(room.id);
			assert.deepEqual(
				rows.map(({ id, type }) => ({ id, type })),
				events.map(({ id, type }) => ({ id, type })),
			);
			const payloads = rows.map(({ payload }) => JSON.parse(payload));
			assert.deepEqual(payloads, JSON.parse(JSON.stringify(events)));
		});

		it("does not take the same event twice", async () => {
			const { store } = current();
			const room = await addRoom(store);
			await assert.rejects(
				store.transaction(async (tx) => {
					const event = posted(room, await append(tx, room.id, "x"));
					await tx.outbox.add(event);
					await tx.outbox.add(event);
				}),
			);
			assert.deepEqual(await outboxOf(room.id), []);
		});
	});
}
