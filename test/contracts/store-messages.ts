/** The store's contract: messages, kept exactly, in a sequence without gaps. */
import assert from "node:assert/strict";
import type { Draft, MessageFilter, RoomId } from "../../plugin/rooms/types.ts";
import {
	addRoom,
	alice,
	append,
	bob,
	draft,
	type StoreUnderTest,
	someTime,
} from "./samples.ts";

const texts = {
	emoji: "👩‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿 😀",
	"Chinese, Japanese, Korean": "会議は何時ですか 𠮷野家 한국어",
	"right to left": "שלום \u202eעולם\u202c مرحبا",
	"blanks at both ends": "  \t text \n\n ",
	"control characters": "a\u0000b\u0001c\u001f",
	"composed and decomposed": "ü u\u0308",
	"quotes and markup": `'"\\%_<&>;--`,
	nothing: "",
	"16,000 bytes": "😀".repeat(4_000),
};

export function messagesContract(current: () => StoreUnderTest): void {
	const add = async (room: RoomId, drafts: readonly Draft[]) =>
		current().store.transaction(async (tx) => {
			const locked = await tx.rooms.lock(room);
			const added = [];
			for (const each of drafts) {
				added.push(await tx.messages.append(locked, alice, each, someTime));
			}
			return added;
		});

	describe("messages", () => {
		it("are given 1, 2, 3 … in each room by itself", async () => {
			const { store } = current();
			for (const room of [await addRoom(store), await addRoom(store)]) {
				await add(room.id, [draft(room.id, "a"), draft(room.id, "b")]);
				const [third] = await add(room.id, [draft(room.id, "c")]);
				assert.equal(third?.sequence, 3);
				assert.equal((await store.rooms.find(room.id))?.lastSequence, 3);
			}
		});

		it("with a key that the room has are the earlier one, in any later transaction", async () => {
			const { store } = current();
			const [room, other] = [await addRoom(store), await addRoom(store)];
			const keyed = { ...draft(room.id, "once"), key: "k".repeat(64) };
			const [first] = await add(room.id, [keyed]);
			const [again, next] = await add(room.id, [keyed, draft(room.id, "next")]);
			assert.deepEqual(again, first);
			assert.equal(next?.sequence, 2);
			assert.deepEqual(
				(await store.messages.latest(room.id, 9)).map(({ text }) => text),
				["once", "next"],
			);
			const [elsewhere] = await add(other.id, [{ ...keyed, room: other.id }]);
			assert.equal(elsewhere?.sequence, 1);
		});

		it("are read as they were appended", async () => {
			const { store } = current();
			const room = await addRoom(store);
			const extras = {
				attributes: { 'a"': "<&>", ü: "😀" },
				children: ["<b xmlns='urn:x'>1</b>", "<c/>"],
			};
			const appended = await add(room.id, [
				{ ...draft(room.id, "with"), alert: true, extras },
				draft(room.id, "without"),
			]);
			assert.deepEqual(await store.messages.latest(room.id, 10), appended);
			const [first, second] = appended;
			assert.deepEqual(first, {
				room: room.id,
				text: "with",
				alert: true,
				extras,
				sequence: 1,
				author: { uri: alice.uri, displayName: "Alice" },
				postedAt: someTime,
			});
			assert.ok(second && !("extras" in second));
		});

		for (const [what, text] of Object.entries(texts)) {
			it(`keep their text exactly: ${what}`, async () => {
				const { store } = current();
				const room = await addRoom(store);
				await add(room.id, [draft(room.id, text)]);
				const [message] = await store.messages.latest(room.id, 1);
				assert.equal(message?.text, text);
			});
		}

		it("are read back: the newest, oldest first", async () => {
			const { store } = current();
			const { id } = await addRoom(store);
			assert.deepEqual(await store.messages.latest(id, 5), []);
			const some = ["1", "2", "3", "4", "5"].map((text) => draft(id, text));
			await add(id, some);
			const read = async (count: number) =>
				(await store.messages.latest(id, count)).map(({ text }) => text);
			assert.deepEqual(await read(2), ["4", "5"]);
			assert.deepEqual(await read(9), ["1", "2", "3", "4", "5"]);
			assert.deepEqual(await read(0), []);
		});

		it("are read back between two sequences: after the one, through the other", async () => {
			const { store } = current();
			const { id } = await addRoom(store);
			await add(
				id,
				["1", "2", "3", "4", "5"].map((text) => draft(id, text)),
			);
			const read = async (after: number, through: number) =>
				(await store.messages.between(id, after, through)).map(
					({ sequence }) => sequence,
				);
			assert.deepEqual(await read(1, 4), [2, 3, 4]);
			assert.deepEqual(await read(0, 99), [1, 2, 3, 4, 5]);
			assert.deepEqual(await read(5, 5), []);
		});

		it("are listed by number, author and time, page by page", async () => {
			const { store } = current();
			const room = await addRoom(store);
			await store.transaction(async (tx) => {
				const locked = await tx.rooms.lock(room.id);
				for (const minute of [0, 1, 2, 3, 4, 5]) {
					const author = minute % 2 === 0 ? alice : bob;
					const at = new Date(someTime.getTime() + minute * 60_000);
					const each = draft(room.id, `${minute}`);
					await tx.messages.append(locked, author, each, at);
				}
			});
			const list = async (filter: MessageFilter, after = 0, limit = 9) => {
				const page = { after, limit };
				const found = await store.messages.list(room.id, filter, page);
				return found.map(({ sequence }) => sequence);
			};
			const at = (minute: number) =>
				new Date(someTime.getTime() + minute * 60_000);
			assert.deepEqual(await list({}), [1, 2, 3, 4, 5, 6]);
			assert.deepEqual(await list({}, 2, 3), [3, 4, 5]);
			assert.deepEqual(await list({ sequences: [5, 2, 99] }), [2, 5]);
			assert.deepEqual(await list({ sequences: [] }), []);
			assert.deepEqual(await list({ authors: [alice.uri] }), [1, 3, 5]);
			assert.deepEqual(await list({ from: at(1), before: at(3) }), [2, 3]);
			const both = { authors: [bob.uri], before: at(2) };
			assert.deepEqual(await list(both), [2]);
		});

		it("that are removed leave their numbers behind, also those of the newest", async () => {
			const { store } = current();
			const { id } = await addRoom(store);
			await add(
				id,
				["1", "2", "3", "4"].map((text) => draft(id, text)),
			);
			await store.transaction(async (tx) => {
				await tx.rooms.lock(id);
				await tx.messages.remove(id, [2, 4, 99]);
			});
			assert.equal((await store.rooms.find(id))?.lastSequence, 4);
			const [next] = await add(id, [draft(id, "5")]);
			assert.equal(next?.sequence, 5);
			const left = await store.messages.between(id, 0, 9);
			assert.deepEqual(
				left.map(({ sequence }) => sequence),
				[1, 3, 5],
			);
		});

		it("that are replaced keep number, author, time and key, and nothing else of what was posted", async () => {
			const { store } = current();
			const { id } = await addRoom(store);
			const extras = { attributes: { a: "1" }, children: ["<rtf>old</rtf>"] };
			const posted = { ...draft(id, "old"), alert: true, extras, key: "k" };
			const [before] = await add(id, [posted, draft(id, "other")]);
			const at = new Date("2026-04-01T00:00:00.007Z");
			await store.transaction(async (tx) => {
				await tx.rooms.lock(id);
				const replacement = { text: "new", by: "sip:carol@example.com", at };
				await tx.messages.replace(id, [1], replacement);
			});
			const { extras: _, ...kept } = before ?? {};
			const [after, other] = await store.messages.latest(id, 2);
			assert.deepEqual(after, {
				...kept,
				text: "new",
				replaced: { at, by: "sip:carol@example.com" },
			});
			assert.equal(other?.text, "other");
			const [again] = await add(id, [posted]);
			assert.equal(again?.text, "new");
		});

		it("that are removed or replaced make another revision of their room; posts do not", async () => {
			const { store } = current();
			const { id } = await addRoom(store);
			const revision = async () => (await store.rooms.find(id))?.revision;
			assert.equal(await revision(), 0);
			await add(id, [draft(id, "one"), draft(id, "two")]);
			assert.equal(await revision(), 0);
			await store.transaction(async (tx) => {
				await tx.rooms.lock(id);
				await tx.messages.remove(id, [1]);
			});
			assert.equal(await revision(), 1);
			const replacement = { text: "x", by: "test", at: someTime };
			await store.transaction(async (tx) => {
				await tx.rooms.lock(id);
				await tx.messages.replace(id, [2], replacement);
			});
			assert.equal(await revision(), 2);
		});

		it("are removed and replaced only in a room that is locked", async () => {
			const { store } = current();
			const { id } = await addRoom(store);
			const replacement = { text: "x", by: "test", at: someTime };
			await assert.rejects(
				store.transaction((tx) => tx.messages.remove(id, [1])),
				/is not locked/,
			);
			await assert.rejects(
				store.transaction((tx) => tx.messages.replace(id, [1], replacement)),
				/is not locked/,
			);
		});

		it("are not appended to a room that is not locked", async () => {
			const { store } = current();
			const room = await addRoom(store);
			await assert.rejects(
				store.transaction((tx) =>
					tx.messages.append(room, alice, draft(room.id, "x"), someTime),
				),
				/is not locked/,
			);
		});

		it("from 10 transactions at once, on two nodes, are 1 … 100 without gap", async () => {
			const { store, another } = current();
			const room = await addRoom(store);
			const nodes = [store, await another()];
			await Promise.all(
				Array.from({ length: 10 }, (_, index) =>
					nodes[index % 2]?.transaction(async (tx) => {
						for (let count = 0; count < 10; count++) {
							await append(tx, room.id, `${index}/${count}`);
						}
					}),
				),
			);
			const messages = await store.messages.between(room.id, 0, 1_000);
			assert.deepEqual(
				messages.map(({ sequence }) => sequence),
				Array.from({ length: 100 }, (_, index) => index + 1),
			);
			assert.equal(new Set(messages.map(({ text }) => text)).size, 100);
		});

		it("from 100 transactions at once are 1 … 100 without gap", async () => {
			const { store } = current();
			const room = await addRoom(store);
			const appended = await Promise.all(
				Array.from({ length: 100 }, (_, index) =>
					store.transaction((tx) => append(tx, room.id, `${index}`)),
				),
			);
			const sequences = appended.map(({ sequence }) => sequence);
			assert.deepEqual(
				sequences.sort((a, b) => a - b),
				Array.from({ length: 100 }, (_, index) => index + 1),
			);
		});
	});
}
