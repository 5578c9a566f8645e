/** The store's contract: rooms as they are added, and standing. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type {
	CategoryId,
	Principal,
	RoomId,
	Standing,
} from "../../plugin/rooms/types.ts";
import type { NewCategory } from "../../plugin/store/index.ts";
import {
	addCategory,
	addRoom,
	alice,
	draft,
	exampleCom,
	kept,
	principal,
	refused,
	type StoreUnderTest,
	sampleCategory,
	sampleRoom,
	someTime,
} from "./samples.ts";

export function roomsContract(current: () => StoreUnderTest): void {
	describe("rooms", () => {
		it("are found as they were added, with their category", async () => {
			const { store } = current();
			const category = await addCategory(store, {
				name: "Règles",
				description: "d",
				files: false,
			});
			const room = sampleRoom(category.id, {
				name: 'Tom & "Jerry" <x> 会議室 😀',
				description: " blanks ",
				privacy: "secret",
				type: "auditorium",
				invitations: "off",
			});
			await store.transaction((tx) => tx.rooms.add(room));
			const { allowed, denied, creators, ...itsCategory } = category;
			const { members, managers, presenters, ...rest } = room;
			assert.deepEqual(await store.rooms.find(room.id), {
				...rest,
				category: itsCategory,
				disabled: false,
				updatedBy: "test",
				updatedAt: someTime,
				lastSequence: 0,
				revision: 0,
			});
		});

		it("that are free are locked, several at a time, with what each holder is to his", async () => {
			const { store } = current();
			const added = [await addRoom(store), await addRoom(store)];
			const [one, two] = await Promise.all(
				added.map(async ({ id }) => kept(await store.rooms.find(id))),
			);
			assert.ok(one && two);
			const unknownRoom = randomUUID() as RoomId;
			const operator = { principals: [], administrator: true };
			const nobody = { principals: [], administrator: false };
			await store.transaction(async (tx) => {
				const found = await tx.rooms.lockFree([
					{ id: two.id, holder: operator },
					{ id: unknownRoom, holder: operator },
					{ id: one.id, holder: nobody },
				]);
				assert.deepEqual(
					found.map((each) =>
						each === undefined || each === "locked"
							? each
							: [each.room.id, each.standing.administrator],
					),
					[[two.id, true], undefined, [one.id, false]],
				);
				await tx.messages.appendAll(
					[one, two, one].map((room) => ({
						room,
						author: alice,
						draft: draft(room.id, "hello"),
					})),
					someTime,
				);
			});
			const lasts = await store.rooms.lastSequences([one.id, two.id]);
			assert.deepEqual([lasts.get(one.id), lasts.get(two.id)], [2, 1]);
		});

		it("that do not exist are not found and not locked", async () => {
			const { store } = current();
			const id = randomUUID() as RoomId;
			assert.equal(await store.rooms.find(id), undefined);
			await refused(
				"no-such-room",
				store.transaction((tx) => tx.rooms.lock(id)),
			);
		});

		it("conflict when names differ only in case, blanks or width", async () => {
			const { store } = current();
			const { category } = await addRoom(store, { name: "Größe und Maß" });
			for (const name of [
				"GRÖßE UND MAß",
				" größe  und maß",
				"Ｇröße und Maß",
			]) {
				await refused(
					"name-taken",
					addRoom(store, { category: category.id, name }),
				);
			}
			await addRoom(store, { category: category.id, name: "Groesse und Mass" });
		});

		it("conflict when the id is taken", async () => {
			const { store } = current();
			const room = await addRoom(store);
			await refused(
				"name-taken",
				addRoom(store, { id: room.id, category: room.category.id }),
			);
		});

		it("are not added to a category that does not exist", async () => {
			await refused(
				"no-such-category",
				addRoom(current().store, { category: randomUUID() as CategoryId }),
			);
		});

		it("take a name that would be SQL as a name", async () => {
			const { store } = current();
			const name = `'); DROP TABLE rooms; -- ${randomUUID()} \\' "`;
			const room = await addRoom(store, { name });
			assert.equal((await store.rooms.find(room.id))?.name, name);
		});

		it("hold the same principal only once in a role", async () => {
			const members = [exampleCom, exampleCom];
			await addRoom(current().store, { members });
		});

		it("take 5,000 members", async () => {
			const { store } = current();
			const members = Array.from({ length: 5_000 }, (_, index) =>
				principal(`sip:member-${index}@example.com`),
			);
			const room = await addRoom(store, { members });
			const last = members.slice(-1);
			const holder = { principals: last, administrator: false };
			const [standing] = await store.rooms.standings(room, [holder]);
			assert.equal(standing?.member, true);
		});
	});

	describe("standing", () => {
		const nothing: Standing = {
			inScope: false,
			administrator: false,
			member: false,
			manager: false,
			presenter: false,
		};
		const dave = principal("sip:dave@example.com");
		const standing = async (
			category: Partial<NewCategory>,
			principals: readonly Principal[],
		) => {
			const { store } = current();
			const { id } = await addCategory(store, sampleCategory(category));
			const room = await addRoom(store, {
				category: id,
				members: [dave],
				managers: [exampleCom],
				presenters: [dave],
			});
			const holder = { principals, administrator: false };
			const [found] = await store.rooms.standings(room, [holder]);
			assert.ok(found);
			return found;
		};

		it("is nothing for a stranger and for nobody", async () => {
			const stranger = principal("sip:x@elsewhere.example");
			assert.deepEqual(await standing({}, [stranger]), nothing);
			assert.deepEqual(await standing({}, []), nothing);
		});

		it("comes from the user and from his domain", async () => {
			const all = {
				...nothing,
				inScope: true,
				member: true,
				manager: true,
				presenter: true,
			};
			assert.deepEqual(await standing({}, [dave, exampleCom]), all);
			assert.deepEqual(await standing({}, [exampleCom]), {
				...nothing,
				inScope: true,
				manager: true,
			});
		});

		it("is out of scope when one principal is denied, whatever allows", async () => {
			const found = await standing(
				{ allowed: [exampleCom, dave], denied: [dave] },
				[dave, exampleCom],
			);
			assert.equal(found.inScope, false);
			assert.equal(found.member, true);
		});

		it("gives nothing to those who may only create rooms", async () => {
			const found = await standing({ allowed: [], creators: [dave] }, [dave]);
			assert.equal(found.inScope, false);
		});
	});
}
