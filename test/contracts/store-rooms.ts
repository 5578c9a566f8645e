/** The store's contract: categories, rooms, standing, the room's lock. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type {
	CategoryId,
	Principal,
	RoomId,
	Standing,
} from "../../plugin/rooms/types.ts";
import type { NewCategory, Transaction } from "../../plugin/store/index.ts";
import {
	addCategory,
	addRoom,
	exampleCom,
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
			});
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

	describe("categories", () => {
		it("conflict when names differ only in case", async () => {
			const { store } = current();
			await addCategory(store, { name: "General" });
			await refused("name-taken", addCategory(store, { name: "gENERAL" }));
		});

		it("of a name are added by one of two who try at once", async () => {
			const { store } = current();
			const name = "Only one";
			const results = await Promise.allSettled([
				addCategory(store, { name }),
				addCategory(store, { name }),
			]);
			const added = results.filter((each) => each.status === "fulfilled");
			assert.equal(added.length, 1);
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
	describe("categories", () => {
		it("are found, named and listed with their scope", async () => {
			const { store } = current();
			const category = await addCategory(store, {
				name: `Ärzte ${randomUUID()}`,
				allowed: [exampleCom],
				denied: [principal("group:x")],
				creators: [principal("sip:c@example.com")],
			});
			assert.deepEqual(await store.categories.find(category.id), category);
			const { name } = category;
			assert.deepEqual(
				await store.categories.named(name.toUpperCase()),
				category,
			);
			const listed = await store.categories.list();
			assert.deepEqual(
				listed.find(({ id }) => id === category.id),
				category,
			);
			const none = randomUUID() as CategoryId;
			assert.equal(await store.categories.find(none), undefined);
			await refused(
				"no-such-category",
				store.transaction((tx) => tx.categories.lock(none)),
			);
		});

		it("change what is named, lists as a whole", async () => {
			const { store } = current();
			const category = await addCategory(store, { creators: [exampleCom] });
			const denied = [principal("sip:d@example.com")];
			await store.transaction(async (tx) => {
				await tx.categories.lock(category.id);
				await tx.categories.change(category.id, { history: false, denied });
			});
			assert.deepEqual(await store.categories.find(category.id), {
				...category,
				history: false,
				denied,
			});
			const other = await addCategory(store);
			await refused(
				"name-taken",
				store.transaction((tx) =>
					tx.categories.change(other.id, { name: category.name }),
				),
			);
		});

		it("are removed when they are empty, and not before", async () => {
			const { store } = current();
			const { category, id } = await addRoom(store);
			const remove = () =>
				store.transaction((tx) => tx.categories.remove(category.id));
			await refused("in-use", remove());
			await store.transaction(async (tx) => {
				await tx.rooms.lock(id);
				await tx.rooms.remove(id);
			});
			await remove();
			assert.equal(await store.categories.find(category.id), undefined);
			await refused("no-such-category", remove());
		});

		it("say what somebody is to them, and where he may make rooms", async () => {
			const { store } = current();
			const [maker, denied] = [
				"sip:maker@m.example",
				"sip:denied@m.example",
			].map(principal) as [Principal, Principal];
			const { id } = await addCategory(store, {
				allowed: [principal("domain:m.example")],
				denied: [denied],
				creators: [maker, denied],
			});
			const holder = (...principals: Principal[]) => ({
				principals: [...principals, principal("domain:m.example")],
				administrator: false,
			});
			const standing = (who: Parameters<typeof store.categories.standing>[1]) =>
				store.categories.standing(id, who);
			assert.deepEqual(await standing(holder(maker)), {
				inScope: true,
				creator: true,
				administrator: false,
			});
			assert.equal((await standing(holder(denied)))?.inScope, false);
			const admin = { principals: [], administrator: true };
			assert.equal((await standing(admin))?.inScope, true);
			assert.equal(
				await store.categories.standing(randomUUID() as CategoryId, admin),
				undefined,
			);
			const creatable = async (who: Parameters<typeof standing>[0]) =>
				(await store.categories.creatable(who)).some((each) => each.id === id);
			assert.equal(await creatable(holder(maker)), true);
			assert.equal(await creatable(holder(denied)), false);
			assert.equal(await creatable(holder()), false);
			assert.equal(await creatable(admin), true);
		});
	});

	describe("rooms that change", () => {
		const change = (
			id: RoomId,
			changes: Parameters<Transaction["rooms"]["change"]>[1],
			at = someTime,
		) =>
			current().store.transaction(async (tx) => {
				await tx.rooms.lock(id);
				return tx.rooms.change(id, changes, "changer", at);
			});

		it("keep what is not named, and each state is later than the one before", async () => {
			const room = await addRoom(current().store, { description: "d" });
			const addIn = { name: "Board", url: "https://board.example/" };
			const first = await change(room.id, { type: "auditorium", addIn });
			assert.deepEqual(first, {
				...room,
				type: "auditorium",
				addIn,
				updatedBy: "changer",
				updatedAt: new Date(someTime.getTime() + 1),
			});
			const second = await change(room.id, { addIn: undefined }, new Date(0));
			assert.equal("addIn" in second, false);
			assert.ok(second.updatedAt > first.updatedAt);
		});

		it("move only to categories that exist, and take only names that are free", async () => {
			const { store } = current();
			const [one, two] = [await addRoom(store), await addRoom(store)];
			await refused("name-taken", change(one.id, { name: two.name }));
			const nowhere = randomUUID() as CategoryId;
			await refused("no-such-category", change(one.id, { category: nowhere }));
			const moved = await change(one.id, { category: two.category.id });
			assert.deepEqual(moved.category, two.category);
			const page = { limit: 10 };
			const there = await store.rooms.inCategory(two.category.id, page);
			assert.deepEqual(
				there.map(({ id }) => id),
				[one.id, two.id].toSorted(),
			);
			const rest = await store.rooms.inCategory(two.category.id, {
				after: there[0]?.id,
				limit: 10,
			});
			assert.equal(rest.length, 1);
		});

		it("reserve no name while they are secret, and need a free one to be seen", async () => {
			const { store } = current();
			const name = `Hidden ${randomUUID()}`;
			const secret = await addRoom(store, { name, privacy: "secret" });
			const another = await addRoom(store, { name, privacy: "secret" });
			const open = await addRoom(store, { name: name.toUpperCase() });
			const named = await store.rooms.named(name);
			assert.deepEqual(
				named.map(({ id }) => id),
				[secret.id, another.id, open.id].toSorted(),
			);
			await refused("name-taken", change(secret.id, { privacy: "closed" }));
			await change(open.id, { privacy: "secret" });
			const seen = await change(secret.id, { privacy: "closed" });
			assert.equal(seen.privacy, "closed");
			await refused("name-taken", change(open.id, { privacy: "open" }));
		});

		it("have roles given and taken; giving twice and taking what is not there change nothing", async () => {
			const { store } = current();
			const [a, b, c] = ["sip:a@x.example", "sip:b@x.example", "group:c"].map(
				principal,
			) as [Principal, Principal, Principal];
			const room = await addRoom(store, { members: [a, b] });
			const changeRole = (add: Principal[], remove: Principal[]) =>
				store.transaction(async (tx) => {
					await tx.rooms.lock(room.id);
					const change = { add, remove };
					await tx.rooms.changeRole(room.id, "member", change, "by", someTime);
				});
			await changeRole([c, a], [b, principal("sip:z@x.example")]);
			await changeRole([c], []);
			assert.deepEqual(await store.rooms.roles(room.id), {
				member: [c, a],
				manager: [],
				presenter: [],
			});
		});

		it("are not touched unless they are locked", async () => {
			const { store } = current();
			const { id } = await addRoom(store);
			const none = { add: [], remove: [] };
			const works: readonly ((tx: Transaction) => Promise<unknown>)[] = [
				(tx) => tx.rooms.change(id, {}, "by", someTime),
				(tx) => tx.rooms.changeRole(id, "member", none, "by", someTime),
				(tx) => tx.rooms.remove(id),
			];
			for (const work of works) {
				await assert.rejects(store.transaction(work), /is not locked/);
			}
		});

		it("are known with what somebody is to them; one that does not exist is not", async () => {
			const { store } = current();
			const room = await addRoom(store, { managers: [exampleCom] });
			const holder = { principals: [exampleCom], administrator: false };
			const known = await store.rooms.known(room.id, holder);
			assert.deepEqual(known?.room, room);
			assert.equal(known?.standing.manager, true);
			const none = randomUUID() as RoomId;
			assert.equal(await store.rooms.known(none, holder), undefined);
			await store.transaction(async (tx) => {
				assert.equal(await tx.rooms.lockKnown(none, holder), undefined);
				assert.deepEqual(
					(await tx.rooms.lockKnown(room.id, holder))?.room,
					room,
				);
			});
		});
	});
}
