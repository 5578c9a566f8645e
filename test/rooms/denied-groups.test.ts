/** A category denies only groups that there are, also when one is removed at the same moment: no wall names nobody. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type {
	CategoryRecord,
	Group,
	Principal,
} from "../../plugin/rooms/types.ts";
import { refused } from "../contracts/samples.ts";
import { freshMysql, freshSqlite } from "../support/databases.ts";
import {
	addCategory,
	type Domain,
	openDomain,
	operator,
} from "../support/domain.ts";

const pairs = 40;
const noGroup = "group:00000000-0000-4000-8000-00000000dead" as Principal;
const lists = ["allowed", "denied", "creators"] as const;
const engines = { sqlite: freshSqlite, mysql: () => freshMysql() };
const asPrincipal = ({ id }: Group) => `group:${id}` as Principal;

for (const [engine, fresh] of Object.entries(engines)) {
	describe(`groups that a category names (${engine})`, () => {
		let here: Domain;
		/** Another node, where there can be one. */
		let there: Domain;

		before(async () => {
			const database = await fresh();
			here = await openDomain({ database });
			there =
				engine === "sqlite"
					? here
					: await openDomain({
							database: { ...database, drop: async () => {} },
						});
		});
		after(async () => {
			if (there !== here) await there?.close();
			await here?.close();
		});

		const addGroup = (...members: readonly Principal[]) =>
			here.rooms.createGroup(operator, `Group ${randomUUID()}`, members);

		async function found({ id }: CategoryRecord): Promise<CategoryRecord> {
			const category = await here.store.categories.find(id);
			assert.ok(category);
			return category;
		}

		it("must be there, in every list and in every way of naming them", async () => {
			const { rooms } = here;
			const category = await addCategory(here);
			const gone = await addGroup();
			await rooms.removeGroup(operator, gone.id);
			for (const unknown of [noGroup, asPrincipal(gone)]) {
				for (const list of lists) {
					for (const by of [[unknown], { add: [unknown] }]) {
						const change = { [list]: by };
						await refused(
							"no-such-principal",
							rooms.changeCategory(operator, category.id, change),
						);
						await refused(
							"no-such-principal",
							rooms.preview(operator, { category: category.id, change }),
						);
					}
					await refused(
						"no-such-principal",
						rooms.createCategory(operator, {
							name: randomUUID(),
							[list]: [unknown],
						}),
					);
				}
			}
			assert.deepEqual(await found(category), category);
		});

		it("are denied beside users and domains whom nobody knows yet", async () => {
			const group = asPrincipal(await addGroup());
			const denied = [
				"domain:elsewhere.example",
				group,
				"sip:nobody@example.com",
			] as Principal[];
			const category = await addCategory(here, { denied });
			assert.deepEqual(
				(await found(category)).denied.toSorted(),
				denied.toSorted(),
			);
		});

		it("that nobody has any more are taken out of a list", async () => {
			const category = await addCategory(here);
			const kind = "denied";
			const row = { category_id: category.id, kind, principal: noGroup };
			await here.knex("category_principals").insert(row);
			await here.rooms.changeCategory(operator, category.id, {
				denied: { remove: [noGroup] },
			});
			assert.deepEqual((await found(category)).denied, []);
		});

		it("are not removed while one denies them, or a group that they are in", async () => {
			const inner = await addGroup();
			const outer = await addGroup(asPrincipal(inner));
			await addCategory(here, { denied: [asPrincipal(outer)] });
			for (const { id } of [inner, outer]) {
				await refused("in-use", here.rooms.removeGroup(operator, id));
			}
		});

		/** All at once; each pair is kept in part at most. */
		async function race(
			prepare: () => Promise<{
				readonly remove: () => Promise<unknown>;
				readonly deny: () => Promise<unknown>;
				readonly isWhole: () => Promise<boolean>;
			}>,
		): Promise<void> {
			const prepared = [];
			for (let n = 0; n < pairs; n += 1) prepared.push(await prepare());
			const outcomes = await Promise.all(
				prepared.map(({ remove, deny }, index) => {
					const both = index % 2 === 0 ? [remove, deny] : [deny, remove];
					return Promise.allSettled(both.map((each) => each()));
				}),
			);
			for (const outcome of outcomes) {
				const refusals = outcome.flatMap((each) =>
					each.status === "rejected" ? [each.reason.reason] : [],
				);
				assert.equal(refusals.length, 1, `refused: ${refusals}`);
				assert.ok(["in-use", "no-such-principal"].includes(refusals[0]));
			}
			for (const { isWhole } of prepared) assert.ok(await isWhole());
		}

		it("are either denied or removed when both are asked for at once", async () => {
			await race(async () => {
				const group = await addGroup();
				const category = await addCategory(here);
				const principal = asPrincipal(group);
				return {
					remove: () => there.rooms.removeGroup(operator, group.id),
					deny: () =>
						here.rooms.changeCategory(operator, category.id, {
							denied: { add: [principal] },
						}),
					async isWhole() {
						const isThere =
							(await here.store.groups.find(group.id)) !== undefined;
						const { denied } = await found(category);
						return denied.includes(principal) === isThere;
					},
				};
			});
		});

		it("are either denied by a new category or removed", async () => {
			await race(async () => {
				const group = await addGroup();
				const principal = asPrincipal(group);
				const name = randomUUID();
				return {
					remove: () => here.rooms.removeGroup(operator, group.id),
					deny: () =>
						there.rooms.createCategory(operator, { name, denied: [principal] }),
					async isWhole() {
						const isThere =
							(await here.store.groups.find(group.id)) !== undefined;
						const category = await here.store.categories.named(name);
						return isThere === (category !== undefined);
					},
				};
			});
		});

		it("are either in a denied group or removed", async () => {
			const wall = await addGroup();
			await addCategory(here, { denied: [asPrincipal(wall)] });
			await race(async () => {
				const inner = await addGroup();
				const principal = asPrincipal(inner);
				return {
					remove: () => there.rooms.removeGroup(operator, inner.id),
					deny: () =>
						here.rooms.changeGroup(operator, wall.id, { add: [principal] }),
					async isWhole() {
						const isThere =
							(await here.store.groups.find(inner.id)) !== undefined;
						const members = (await here.store.groups.find(wall.id))?.members;
						return members?.includes(principal) === isThere;
					},
				};
			});
		});
	});
}
