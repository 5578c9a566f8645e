/** The store's contract: groups. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { Group, GroupId, Principal } from "../../plugin/rooms/types.ts";
import type { Transaction } from "../../plugin/store/index.ts";
import {
	addGroup,
	addRoom,
	exampleCom,
	groupPrincipal,
	principal,
	refused,
	type StoreUnderTest,
} from "./samples.ts";

export function groupsContract(current: () => StoreUnderTest): void {
	const write = (work: (tx: Transaction) => Promise<void>) =>
		current().store.transaction(work);

	describe("groups", () => {
		it("are found as they were added, and by their name without case", async () => {
			const { groups } = current().store;
			const members = [exampleCom, principal("sip:x@a.example")];
			const group = await addGroup(current().store, members, "Größe A");
			assert.deepEqual(await groups.find(group.id), group);
			assert.deepEqual(await groups.named(" GRÖßE  a"), group);
			assert.equal(await groups.find(randomUUID() as GroupId), undefined);
			assert.equal(await groups.named("Größe B"), undefined);
		});

		it("are listed by name", async () => {
			await addGroup(current().store, [], "list b");
			await addGroup(current().store, [exampleCom], "List A");
			const listed = (await current().store.groups.list()).filter(({ name }) =>
				/^list/i.test(name),
			);
			assert.deepEqual(
				listed.map(({ name, members }) => [name, members.length]),
				[
					["List A", 1],
					["list b", 0],
				],
			);
		});

		it("conflict when names differ only in case, or the id is taken", async () => {
			const group = await addGroup(current().store, [], "Twins");
			const other = await addGroup(current().store);
			await refused("name-taken", addGroup(current().store, [], "tWINS"));
			await refused(
				"name-taken",
				write((tx) => tx.groups.add({ ...group, name: "Another" })),
			);
			await refused(
				"name-taken",
				write((tx) => tx.groups.change({ ...other, name: "TWINS" })),
			);
		});

		it("change their name and members as a whole", async () => {
			const { groups } = current().store;
			const group = await addGroup(current().store, [
				exampleCom,
				principal("sip:x@a.example"),
			]);
			const members = [principal("domain:b.example")];
			const changed = { ...group, name: `${group.name} B`, members };
			await write((tx) => tx.groups.change(changed));
			assert.deepEqual(await groups.find(group.id), changed);
			const recased = { ...changed, name: changed.name.toUpperCase() };
			await write((tx) => tx.groups.change(recased));
			assert.deepEqual(await groups.find(group.id), recased);
		});

		it("hold 5,000 members, each once", async () => {
			const members = Array.from({ length: 5_000 }, (_, index) =>
				principal(`sip:${String(index).padStart(4, "0")}@many.example`),
			);
			const group = await addGroup(current().store, [
				...members,
				...members.slice(0, 10),
			]);
			const found = await current().store.groups.find(group.id);
			assert.deepEqual(found?.members, members);
		});

		it("are removed with every right that was given to them", async () => {
			const { store, knex } = current();
			const group = await addGroup(current().store, [exampleCom]);
			const given = groupPrincipal(group);
			const outer = await addGroup(current().store, [
				given,
				principal("sip:y@a.example"),
			]);
			const room = await addRoom(store, {
				members: [given],
				managers: [given],
			});
			await write(async (tx) => {
				await tx.categories.change(room.category.id, {
					allowed: [given, exampleCom],
					creators: [given],
				});
				await tx.policies.setAdministrators([given]);
				await tx.groups.remove(group.id);
			});
			const category = await store.categories.find(room.category.id);
			assert.deepEqual(
				[category?.allowed, category?.creators],
				[[exampleCom], []],
			);
			const { member, manager } = await store.rooms.roles(room.id);
			assert.deepEqual([member, manager], [[], []]);
			assert.deepEqual((await store.groups.find(outer.id))?.members, [
				principal("sip:y@a.example"),
			]);
			assert.deepEqual(await store.policies.administrators(), []);
			const left = await knex("group_members").where({ group_id: group.id });
			assert.deepEqual(left, []);
		});

		it("are not removed while a category denies them, or a group that they are in", async () => {
			const { store } = current();
			const inner = await addGroup(store, [exampleCom]);
			const outer = await addGroup(store, [groupPrincipal(inner)]);
			const room = await addRoom(store);
			const deny = (denied: Principal[]) =>
				write((tx) => tx.categories.change(room.category.id, { denied }));
			const remove = (group: Group) =>
				write((tx) => tx.groups.remove(group.id));
			await deny([groupPrincipal(outer)]);
			await refused("in-use", remove(outer));
			await refused("in-use", remove(inner));
			await deny([]);
			await remove(inner);
			await remove(outer);
		});

		it("that are locked wait for each other: no change is lost", async () => {
			const { store, another } = current();
			const { id } = await addGroup(store);
			const stores = [store, await another(), store, await another()];
			const added = stores.map((_, index) =>
				principal(`sip:${index}@l.example`),
			);
			await Promise.all(
				stores.map((each, index) =>
					each.transaction(async (tx) => {
						const group = await tx.groups.lock(id);
						const members = [
							...group.members,
							...added.slice(index, index + 1),
						];
						await tx.groups.change({ ...group, members });
					}),
				),
			);
			assert.deepEqual((await store.groups.find(id))?.members, added);
			await refused(
				"no-such-principal",
				store.transaction((tx) => tx.groups.lock(randomUUID() as GroupId)),
			);
		});

		it("that do not exist are neither changed nor removed", async () => {
			const id = randomUUID() as GroupId;
			await refused(
				"no-such-principal",
				write((tx) => tx.groups.change({ id, name: "x", members: [] })),
			);
			await refused(
				"no-such-principal",
				write((tx) => tx.groups.remove(id)),
			);
		});
	});
}
