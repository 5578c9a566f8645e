/** The store's contract: categories, and what somebody is to them. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type {
	CategoryId,
	CategoryStanding,
	Holder,
	Principal,
} from "../../plugin/rooms/types.ts";
import type { Transaction } from "../../plugin/store/index.ts";
import {
	addCategory,
	addRoom,
	exampleCom,
	principal,
	refused,
	type StoreUnderTest,
	sampleCategory,
} from "./samples.ts";

export function categoriesContract(current: () => StoreUnderTest): void {
	const write = (work: (tx: Transaction) => Promise<void>) =>
		current().store.transaction(work);
	const missing = () => randomUUID() as CategoryId;
	const carol = principal("sip:carol@cat.example");
	const cat = principal("domain:cat.example");

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

		it("are found as they were added, and by their name without case", async () => {
			const { store } = current();
			const category = await addCategory(store, {
				name: "Straße 1",
				description: "d",
				invitations: false,
				files: false,
				history: false,
				compliance: "closed",
				retainDays: 90,
				allowed: [cat, exampleCom],
				denied: [carol],
				creators: [exampleCom],
			});
			const { categories } = store;
			assert.deepEqual(await categories.find(category.id), category);
			const sample = sampleCategory();
			const { compliance, retainDays, ...unsaid } = sample;
			await write((tx) => tx.categories.add(unsaid));
			assert.deepEqual(await categories.find(unsaid.id), sample);
			assert.deepEqual([compliance, retainDays], ["open", null]);
			assert.deepEqual(await categories.named(" STRAßE  1"), category);
			assert.equal(await categories.named("Straße 2"), undefined);
			assert.equal(await categories.find(missing()), undefined);
		});

		it("are listed by name, with whom they allow", async () => {
			const { store } = current();
			await addCategory(store, { name: "listed b", allowed: [] });
			await addCategory(store, { name: "Listed A", allowed: [cat] });
			const listed = (await store.categories.list())
				.filter(({ name }) => /^listed/i.test(name))
				.map(({ name, allowed }) => [name, allowed]);
			assert.deepEqual(listed, [
				["Listed A", [cat]],
				["listed b", []],
			]);
		});

		it("change in what is named, and lists change as a whole", async () => {
			const { store } = current();
			const category = await addCategory(store, {
				allowed: [cat, exampleCom],
				denied: [carol],
			});
			const { id } = category;
			await write((tx) => tx.categories.change(id, {}));
			assert.deepEqual(await store.categories.find(id), category);
			const changes = {
				name: `${category.name} B`,
				description: "other",
				history: false,
				compliance: "closed",
				allowed: [carol, carol],
			} as const;
			await write((tx) => tx.categories.change(id, changes));
			assert.deepEqual(await store.categories.find(id), {
				...category,
				...changes,
				allowed: [carol],
			});
			await write((tx) => tx.categories.change(id, { denied: [] }));
			assert.deepEqual((await store.categories.find(id))?.denied, []);
		});

		it("change to a name that is free, or to their own in another case", async () => {
			const { store } = current();
			const { name: taken } = await addCategory(store);
			const { id, name } = await addCategory(store);
			const rename = (to: string) =>
				write((tx) => tx.categories.change(id, { name: to }));
			await refused("name-taken", rename(taken.toUpperCase()));
			await rename(name.toUpperCase());
			assert.equal((await store.categories.named(name))?.id, id);
		});

		it("that are locked are waited for by another node", async () => {
			const { store, another } = current();
			const { id, name } = await addCategory(store, { name: "Locked" });
			const other = await another();
			const order: string[] = [];
			let second: Promise<void> | undefined;
			await write(async (tx) => {
				const locked = await tx.categories.lock(id);
				assert.equal(locked.name, name);
				second = other.transaction(async (waiting) => {
					const { description } = await waiting.categories.lock(id);
					order.push(`second read ${description}`);
				});
				await tx.categories.change(id, { description: "by the first" });
				order.push("first");
			});
			await second;
			assert.deepEqual(order, ["first", "second read by the first"]);
			await refused(
				"no-such-category",
				store.transaction((tx) => tx.categories.lock(missing())),
			);
		});

		it("are removed with their lists, once they have no rooms", async () => {
			const { store, knex } = current();
			const { id } = await addCategory(store, { denied: [carol] });
			const room = await addRoom(store, { category: id });
			const remove = () => write((tx) => tx.categories.remove(id));
			const { message } = await refused("in-use", remove());
			assert.ok(message.includes(room.name));
			await write(async (tx) => {
				await tx.rooms.lock(room.id);
				await tx.rooms.remove(room.id);
				await tx.categories.remove(id);
			});
			assert.equal(await store.categories.find(id), undefined);
			const rows = knex("category_principals").where({ category_id: id });
			assert.deepEqual(await rows, []);
			await refused("no-such-category", remove());
		});
	});

	describe("what somebody is to a category", () => {
		const nothing: CategoryStanding = {
			administrator: false,
			creator: false,
			inScope: false,
		};
		const holding = (
			principals: readonly Principal[],
			administrator = false,
		): Holder => ({ principals, administrator });

		it("comes from himself and his domain; who is denied is out of scope", async () => {
			const { store } = current();
			const { id } = await addCategory(store, {
				allowed: [cat],
				denied: [carol],
				creators: [carol],
			});
			const standing = (holder: Holder) =>
				store.categories.standing(id, holder);
			assert.deepEqual(await standing(holding([cat])), {
				...nothing,
				inScope: true,
			});
			assert.deepEqual(await standing(holding([carol, cat])), {
				...nothing,
				creator: true,
			});
			assert.deepEqual(await standing(holding([exampleCom])), nothing);
			assert.deepEqual(await standing(holding([])), nothing);
			for (const principals of [[], [carol]]) {
				assert.deepEqual(await standing(holding(principals, true)), {
					inScope: true,
					administrator: true,
					creator: principals.length > 0,
				});
			}
			const elsewhere = store.categories.standing(missing(), holding([], true));
			assert.equal(await elsewhere, undefined);
		});

		it("lets creators in scope make rooms, and administrators everywhere", async () => {
			const { store } = current();
			const creators = [carol];
			const names = async (holder: Holder) =>
				(await store.categories.creatable(holder))
					.map(({ name }) => name)
					.filter((name) => /^creatable/i.test(name));
			const add = (name: string, denied: readonly Principal[] = []) =>
				addCategory(store, { name, allowed: [cat], denied, creators });
			await add("creatable b");
			await add("Creatable a");
			await add("Creatable denied", [cat]);
			await addCategory(store, { name: "Creatable no", allowed: [carol] });
			await addCategory(store, {
				name: "Creatable out",
				allowed: [],
				creators,
			});
			assert.deepEqual(await names(holding([carol, cat])), [
				"Creatable a",
				"creatable b",
			]);
			assert.deepEqual(await names(holding([cat])), []);
			assert.equal((await names(holding([], true))).length, 5);
		});
	});
}
