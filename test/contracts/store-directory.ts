/** The store's contract: groups, policy, administrators, and the directory that is made of them. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type {
	Group,
	GroupId,
	Policy,
	Principal,
	UserUri,
} from "../../plugin/rooms/types.ts";
import {
	addCategory,
	addRoom,
	addUser,
	kept,
	principal,
	refused,
	type StoreUnderTest,
	uri,
} from "./samples.ts";

const groupId = () => randomUUID() as GroupId;
const asPrincipal = ({ id }: Group) => principal(`group:${id}`);

export function directoryContract(current: () => StoreUnderTest): void {
	const addGroup = async (
		members: readonly Principal[],
		name = `Group ${randomUUID()}`,
		id = groupId(),
	): Promise<Group> => {
		const group: Group = { id, name, members };
		await current().store.transaction((tx) => tx.groups.add(group));
		return group;
	};
	const setPolicy = (scope: Policy["scope"], enabled: boolean, admit = false) =>
		current().store.transaction((tx) =>
			tx.policies.set({ scope, enabled, admit }),
		);

	describe("groups", () => {
		it("are found by id and by name, whatever its case, with their members", async () => {
			const { groups } = current().store;
			const members = [
				principal("domain:a.example"),
				principal("sip:z@a.example"),
			];
			const group = await addGroup(members, "Händler");
			assert.deepEqual(await groups.find(group.id), group);
			assert.deepEqual(await groups.named("hÄNDLER"), group);
			assert.equal(await groups.find(groupId()), undefined);
			assert.equal(await groups.named("Nobody's"), undefined);
		});

		it("hold the same principal once, and thousands of them", async () => {
			const many = Array.from({ length: 3_000 }, (_, index) =>
				principal(`sip:${String(index).padStart(5, "0")}@many.example`),
			);
			const { id } = await addGroup([...many, ...many.slice(0, 9)]);
			const found = kept(await current().store.groups.find(id));
			assert.deepEqual(found.members, many);
		});

		it("are listed by name", async () => {
			await addGroup([], "Zz group");
			await addGroup([], "aa group");
			const names = (await current().store.groups.list()).map(
				({ name }) => name,
			);
			assert.ok(names.indexOf("aa group") < names.indexOf("Zz group"));
		});

		it("may not share a name or an id", async () => {
			const group = await addGroup([], "Taken");
			await refused("name-taken", addGroup([], "tAKEN"));
			await refused("name-taken", addGroup([], "Other", group.id));
			const other = await addGroup([]);
			await refused(
				"name-taken",
				current().store.transaction((tx) =>
					tx.groups.change({ ...other, name: "taken" }),
				),
			);
		});

		it("change as a whole, and go with the rights that were given to them", async () => {
			const { store } = current();
			const inner = await addGroup([principal("sip:in@a.example")]);
			const outer = await addGroup([asPrincipal(inner)]);
			const category = await addCategory(store, {
				allowed: [asPrincipal(inner)],
			});
			const room = await addRoom(store, {
				category: category.id,
				members: [asPrincipal(inner)],
			});
			const changed = { ...inner, name: `New ${inner.id}`, members: [] };
			await store.transaction((tx) => tx.groups.change(changed));
			assert.deepEqual(await store.groups.find(inner.id), changed);
			await store.transaction((tx) => tx.groups.remove(inner.id));
			assert.equal(await store.groups.find(inner.id), undefined);
			assert.deepEqual((await store.rooms.roles(room.id)).member, []);
			const left = kept(await store.categories.find(category.id));
			assert.deepEqual(left.allowed, []);
			assert.deepEqual(kept(await store.groups.find(outer.id)).members, []);
		});

		it("that are locked wait for each other: no change is lost", async () => {
			const { store, another } = current();
			const { id } = await addGroup([]);
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
			assert.deepEqual(kept(await store.groups.find(id)).members, added);
			await refused(
				"no-such-principal",
				store.transaction((tx) => tx.groups.lock(groupId())),
			);
		});

		it("that do not exist are neither changed nor removed", async () => {
			const { store } = current();
			const group: Group = { id: groupId(), name: "None", members: [] };
			await refused(
				"no-such-principal",
				store.transaction((tx) => tx.groups.change(group)),
			);
			await refused(
				"no-such-principal",
				store.transaction((tx) => tx.groups.remove(group.id)),
			);
		});
	});

	describe("policy", () => {
		const ask = async (name: string) => {
			const user = name as UserUri;
			return (await current().store.directory.enabled([user])).has(user);
		};

		it("is said of the user, else of his domain, else of everybody, else it is no", async () => {
			const { store } = current();
			const name = `p-${randomUUID()}`;
			const domain = `${randomUUID()}.example`;
			const user = `sip:${name}@${domain}` as UserUri;
			await store.transaction((tx) =>
				tx.users.add({
					uri: user,
					displayName: name,
					guid: randomUUID(),
					enabled: true,
				}),
			);
			const everybody = await store.policies.find("everybody");
			await store.transaction((tx) => tx.policies.unset("everybody"));
			assert.equal(await ask(user), false, "nothing said");
			await setPolicy("everybody", true);
			assert.equal(await ask(user), true, "everybody");
			await setPolicy(`domain:${domain}`, false, true);
			assert.equal(await ask(user), false, "the domain over everybody");
			await setPolicy(user, true);
			assert.equal(await ask(user), true, "the user over the domain");
			assert.equal(kept(await store.users.find(user)).enabled, true);
			await store.transaction((tx) =>
				tx.users.change(user, { enabled: false }),
			);
			assert.equal(await ask(user), false, "the account over all");
			const found = kept(
				(await store.users.list({ limit: 9_999 })).find(
					(each) => each.uri === user,
				),
			);
			assert.deepEqual([found.active, found.enabled], [false, false]);
			assert.deepEqual(await store.policies.find(`domain:${domain}`), {
				scope: `domain:${domain}`,
				enabled: false,
				admit: true,
			});
			if (everybody === undefined) {
				await store.transaction((tx) => tx.policies.unset("everybody"));
			}
		});

		it("enables nobody who is not in the directory", async () => {
			await setPolicy("domain:unknown.example", true);
			assert.equal(await ask("sip:x@unknown.example"), false);
		});
	});

	describe("the directory", () => {
		const holders = async (user: UserUri) =>
			kept((await current().store.directory.holders([user])).get(user));

		it("says what a user holds: himself, his domain, and their groups, however deep", async () => {
			const user = "sip:deep@holders.example" as UserUri;
			const one = await addGroup([principal(user)]);
			const two = await addGroup([asPrincipal(one)]);
			const three = await addGroup([
				asPrincipal(two),
				principal("domain:holders.example"),
			]);
			await addGroup([principal("sip:other@holders.example")]);
			const { principals, administrator } = await holders(user);
			assert.deepEqual(
				principals.toSorted(),
				[
					user,
					"domain:holders.example",
					...[one, two, three].map(asPrincipal),
				].toSorted(),
			);
			assert.equal(administrator, false);
		});

		it("ends where groups go in a circle", async () => {
			const { store } = current();
			const user = "sip:circle@circle.example" as UserUri;
			const one = await addGroup([principal(user)]);
			const two = await addGroup([asPrincipal(one)]);
			await store.transaction((tx) =>
				tx.groups.change({
					...one,
					members: [principal(user), asPrincipal(two)],
				}),
			);
			assert.equal((await holders(user)).principals.length, 4);
			const found = await store.directory.covered([asPrincipal(two)], {
				limit: 10,
			});
			assert.deepEqual(found, []);
		});

		it("answers for many at once, and knows administrators by what they hold", async () => {
			const { store } = current();
			const boss = "sip:boss@many.example" as UserUri;
			const group = await addGroup([principal(boss)]);
			await store.transaction((tx) =>
				tx.policies.setAdministrators([asPrincipal(group), asPrincipal(group)]),
			);
			assert.deepEqual(await store.policies.administrators(), [
				asPrincipal(group),
			]);
			const users = Array.from(
				{ length: 900 },
				(_, index) => `sip:${index}@many.example` as UserUri,
			);
			const found = await store.directory.holders([...users, boss]);
			assert.equal(found.size, 901);
			const bosses = [...found].filter(([, each]) => each.administrator);
			assert.deepEqual(
				bosses.map(([user]) => user),
				[boss],
			);
			await store.transaction((tx) => tx.policies.setAdministrators([]));
			assert.equal((await holders(boss)).administrator, false);
		});

		it("gives in pages who could be a member, but for whom it is told to leave out", async () => {
			const { store } = current();
			const domain = `${randomUUID()}.example`;
			const user = (name: string) => `sip:${name}@${domain}` as UserUri;
			for (const name of ["a", "b", "c", "d", "e"]) {
				await store.transaction((tx) =>
					tx.users.add({
						uri: user(name),
						displayName: name,
						guid: randomUUID(),
						enabled: true,
					}),
				);
			}
			const guest = await addUser(store);
			const except = await addGroup([principal(user("b"))]);
			const inner = await addGroup([
				principal(guest.uri),
				principal(`sip:unknown@${domain}`),
			]);
			const wanted = [principal(`domain:${domain}`), asPrincipal(inner)];
			const page = async (after?: UserUri) => {
				const found = await store.directory.covered(wanted, {
					except: [asPrincipal(except)],
					after,
					limit: 2,
				});
				return found.map((each) => each.uri);
			};
			const expected = [
				...["a", "c", "d", "e"].map(user),
				guest.uri,
			].toSorted();
			const found: UserUri[] = [];
			for (;;) {
				const some = await page(found.at(-1));
				if (some.length === 0) break;
				found.push(...some);
			}
			assert.deepEqual(found, expected);
			assert.deepEqual(
				await store.directory.covered([], { limit: 5 }),
				[],
				"nothing allows nobody",
			);
		});

		it("finds users by name, address and e-mail, and groups by name, without case", async () => {
			const { store } = current();
			const word = `Ölweg${randomUUID().slice(0, 8)}`;
			const user = {
				uri: `sip:q-${randomUUID()}@find.example` as UserUri,
				displayName: `Quentin ${word}`,
				guid: randomUUID(),
				email: "quentin@mail.example",
				enabled: true,
			};
			await store.transaction((tx) => tx.users.add(user));
			const group = await addGroup([], `Team ${word}`);
			const search = (words: string[], limit = 10) =>
				store.directory.search(words, limit);
			const found = await search([word.toUpperCase()]);
			assert.deepEqual(
				found.users.map(({ uri }) => uri),
				[user.uri],
			);
			assert.deepEqual(
				found.groups.map(({ principal, name }) => [principal, name]),
				[[asPrincipal(group), group.name]],
			);
			assert.equal(found.more, false);
			const byMail = await search([word, "QUENTIN@mail"]);
			assert.equal(byMail.users.length, 1);
			assert.equal((await search([word, "%"])).users.length, 0);
			assert.equal((await search([], 1)).more, true);
		});

		it("names principals in the order asked, and says which it does not know", async () => {
			const { store } = current();
			const user = await addUser(store);
			const group = await addGroup([]);
			const asked = [
				principal("sip:nobody@x.example"),
				asPrincipal(group),
				principal("domain:x.example"),
				principal(user.uri),
				principal("group:none"),
			];
			assert.deepEqual(await store.directory.named(asked), [
				{ principal: asked[0], name: "nobody@x.example", known: false },
				{ principal: asked[1], name: group.name, known: true },
				{ principal: asked[2], name: "x.example", known: true },
				{ principal: asked[3], name: user.displayName, known: true },
				{ principal: asked[4], name: "none", known: false },
			]);
		});
	});

	describe("users", () => {
		it("change what is named and keep the rest, credentials too", async () => {
			const { store } = current();
			const credentials = {
				md5: "0".repeat(32),
				sha256: "1".repeat(64),
				md5WithDomain: "2".repeat(32),
				sha256WithDomain: "3".repeat(64),
			};
			const user = { ...(await addUser(store)), displayName: "After" };
			const change = (changes: object) =>
				store.transaction((tx) => tx.users.change(user.uri, changes));
			await change({ credentials, email: "x@example.com" });
			await change({ displayName: "After" });
			const found = kept(await store.users.find(user.uri));
			assert.equal(found.displayName, "After");
			assert.equal(found.email, "x@example.com");
			assert.deepEqual(await store.users.credentials(user.uri), credentials);
			const again = await store.directory.search(["after", user.uri], 5);
			assert.equal(again.users.length, 1, "is searched by what it is now");
			await refused(
				"no-such-principal",
				store.transaction((tx) => tx.users.change(uri("none"), {})),
			);
		});

		it("are listed in pages", async () => {
			const { store } = current();
			for (let i = 0; i < 3; i += 1) await addUser(store);
			const all = await store.users.list({ limit: 9_999 });
			const [first, second] = await store.users.list({ limit: 2 });
			assert.deepEqual([first, second], all.slice(0, 2));
			const rest = await store.users.list({ after: second?.uri, limit: 9_999 });
			assert.deepEqual(rest, all.slice(2));
		});

		it("go with their rights, groups and preferences", async () => {
			const { store } = current();
			const user = await addUser(store);
			const held = principal(user.uri);
			const group = await addGroup([held]);
			const room = await addRoom(store, { members: [held] });
			const category = await addCategory(store, { creators: [held] });
			await setPolicy(user.uri, true);
			await store.transaction(async (tx) => {
				await tx.preferences.put(user.uri, {
					label: "x",
					version: 1,
					content: "c",
				});
				await tx.users.remove(user.uri);
			});
			assert.equal(await store.users.find(user.uri), undefined);
			assert.equal(await store.policies.find(user.uri), undefined);
			assert.equal(await store.preferences.find(user.uri, "x"), undefined);
			assert.deepEqual((await store.rooms.roles(room.id)).member, []);
			assert.deepEqual(kept(await store.groups.find(group.id)).members, []);
			assert.deepEqual(
				kept(await store.categories.find(category.id)).creators,
				[],
			);
			await refused(
				"no-such-principal",
				store.transaction((tx) => tx.users.remove(user.uri)),
			);
		});
	});
}
