/** The store's contract: users and preferences. */
import assert from "node:assert/strict";
import type { UserUri } from "../../plugin/rooms/types.ts";
import type { NewUser } from "../../plugin/store/index.ts";
import {
	addGroup,
	addRoom,
	addUser,
	addUsers,
	principal,
	refused,
	type StoreUnderTest,
	sampleUser,
	someTime,
	uri,
} from "./samples.ts";

export function peopleContract(current: () => StoreUnderTest): void {
	describe("users", () => {
		it("are none in a fresh database, and then are some", async () => {
			const { store } = current();
			assert.equal(await store.users.isEmpty(), true);
			await addUser(store);
			assert.equal(await store.users.isEmpty(), false);
		});

		it("are found as they were added", async () => {
			const { store } = current();
			const user: NewUser = {
				...sampleUser(),
				displayName: "Ólafur 😀",
				email: "o@example.com",
				active: false,
			};
			await store.transaction((tx) => tx.users.add(user));
			assert.deepEqual(await store.users.find(user.uri), {
				...user,
				enabled: false,
			});
			assert.deepEqual(
				await store.users.record(user.uri),
				await store.users.find(user.uri),
			);
			assert.equal(await store.users.find(uri("nobody")), undefined);
		});

		it("have credentials only when they were added with a password", async () => {
			const { store } = current();
			const credentials = {
				md5: "0".repeat(32),
				sha256: "1".repeat(64),
				md5WithDomain: "2".repeat(32),
				sha256WithDomain: "3".repeat(64),
			};
			const withPassword: NewUser = { ...sampleUser(), credentials };
			const without = sampleUser();
			await store.transaction(async (tx) => {
				await tx.users.add(withPassword);
				await tx.users.add(without);
			});
			const { users } = store;
			assert.deepEqual(await users.credentials(withPassword.uri), credentials);
			assert.equal(await users.credentials(without.uri), undefined);
			assert.equal(await users.credentials(uri("nobody")), undefined);
		});

		it("conflict when the URI or the GUID is taken", async () => {
			const { store } = current();
			const user = await addUser(store);
			const twin = { ...sampleUser(), guid: user.guid };
			for (const taken of [user, twin]) {
				await refused(
					"name-taken",
					store.transaction((tx) => tx.users.add(taken)),
				);
			}
		});

		it("are visible to their own transaction before the commit", async () => {
			const user = sampleUser();
			const found = await current().store.transaction(async (tx) => {
				await tx.users.add(user);
				return tx.users.find(user.uri);
			});
			assert.equal(found?.guid, user.guid);
		});

		it("change in what is said of them, and are found by it", async () => {
			const { store } = current();
			const credentials = {
				md5: "0".repeat(32),
				sha256: "1".repeat(64),
				md5WithDomain: "2".repeat(32),
				sha256WithDomain: "3".repeat(64),
			};
			const user = { ...sampleUser(), email: "before@mail.example" };
			await current().store.transaction((tx) =>
				tx.users.add({ ...user, credentials }),
			);
			await current().store.transaction((tx) =>
				tx.users.change(user.uri, { displayName: "Changed 1" }),
			);
			assert.deepEqual(await store.users.find(user.uri), {
				...user,
				displayName: "Changed 1",
				active: true,
				enabled: false,
			});
			assert.deepEqual(await store.users.credentials(user.uri), credentials);
			const renewed = { ...credentials, md5: "4".repeat(32) };
			await current().store.transaction((tx) =>
				tx.users.change(user.uri, {
					email: "after@mail.example",
					active: false,
					credentials: renewed,
				}),
			);
			const [changed] = await store.users.list({
				after: user.uri.slice(0, -1) as UserUri,
				limit: 1,
			});
			assert.deepEqual(
				[changed?.displayName, changed?.email, changed?.active],
				["Changed 1", "after@mail.example", false],
			);
			assert.deepEqual(await store.users.credentials(user.uri), renewed);
			const find = async (word: string) =>
				(await store.directory.search([word], 9)).users.length;
			assert.deepEqual(
				[await find("before@mail"), await find("after@mail")],
				[0, 1],
			);
			await refused(
				"no-such-principal",
				current().store.transaction((tx) =>
					tx.users.change(uri("nobody"), { displayName: "x" }),
				),
			);
		});

		it("are removed with their rights and preferences; what they wrote stays", async () => {
			const { store } = current();
			const user = sampleUser();
			const given = principal(user.uri);
			const group = await addGroup(current().store, [given]);
			await current().store.transaction(async (tx) => {
				await tx.users.add(user);
				await tx.preferences.put(user.uri, {
					label: "l",
					version: 1,
					content: "c",
				});
				await tx.policies.setAdministrators([given]);
				await tx.policies.set({
					scope: user.uri,
					enabled: false,
					admit: false,
				});
			});
			const room = await addRoom(store, {
				members: [given],
				presenters: [given],
				privacy: "secret",
			});
			await current().store.transaction(async (tx) => {
				const locked = await tx.rooms.lock(room.id);
				const said = { room: room.id, text: "mine", alert: false };
				await tx.messages.append(locked, user, said, someTime);
				await tx.categories.change(room.category.id, { denied: [given] });
				await tx.users.remove(user.uri);
			});
			assert.equal(await store.users.find(user.uri), undefined);
			assert.equal(await store.preferences.find(user.uri, "l"), undefined);
			const policy = await store.policies.find(user.uri);
			assert.equal(policy?.enabled, false, "who is off stays off");
			await store.transaction((tx) => tx.policies.unset(user.uri));
			assert.deepEqual(await store.policies.administrators(), []);
			assert.deepEqual((await store.groups.find(group.id))?.members, []);
			assert.deepEqual(await store.rooms.roles(room.id), {
				member: [],
				manager: [],
				presenter: [],
			});
			const category = await store.categories.find(room.category.id);
			assert.deepEqual(category?.denied, [given], "a denial stays");
			const [message] = await store.messages.latest(room.id, 1);
			assert.equal(message?.author.displayName, user.displayName);
			await refused(
				"no-such-principal",
				current().store.transaction((tx) => tx.users.remove(user.uri)),
			);
		});

		it("are listed by URI, page by page", async () => {
			const { users } = current().store;
			await addUsers(current().store, "zz.list", ["zz-1", "zz-2", "zz-3"]);
			const after = "sip:zz" as UserUri;
			const list = async (page: { after: UserUri; limit: number }) =>
				(await users.list(page)).map((user) => user.uri);
			assert.deepEqual(await list({ after, limit: 2 }), [
				"sip:zz-1@zz.list",
				"sip:zz-2@zz.list",
			]);
			assert.deepEqual(
				await list({ after: "sip:zz-2@zz.list" as UserUri, limit: 2 }),
				["sip:zz-3@zz.list"],
			);
		});
	});

	describe("preferences", () => {
		const put = (label: string, version: number, content: string) =>
			current().store.transaction((tx) =>
				tx.preferences.put(uri("alice"), { label, version, content }),
			);
		const find = (label: string) =>
			current().store.preferences.find(uri("alice"), label);

		it("are found as they were put", async () => {
			await put("colours", 1, "<a>\u0001 😀 </a>\r\n ");
			assert.deepEqual(await find("colours"), {
				label: "colours",
				version: 1,
				content: "<a>\u0001 😀 </a>\r\n ",
			});
		});

		it("go up in version, never down or sideways", async () => {
			await put("order", 3, "three");
			await put("order", 7, "seven");
			await refused("conflict", put("order", 7, "again"));
			await refused("conflict", put("order", 6, "six"));
			assert.equal((await find("order"))?.content, "seven");
		});

		it("put by many at once on two nodes end at the newest; who came too late is told so", async () => {
			const { store, another } = current();
			const nodes = [store, await another()];
			const tries = Array.from({ length: 20 }, async (_, index) => {
				const version = 1 + (index % 10);
				const content = `${version}/${index}`;
				const mine = { label: "crowd", version, content };
				try {
					await nodes[index % 2]?.transaction((tx) =>
						tx.preferences.put(uri("alice"), mine),
					);
					return version;
				} catch (error) {
					await refused("conflict", Promise.reject(error));
					return undefined;
				}
			});
			const kept = (await Promise.all(tries)).filter(
				(version) => version !== undefined,
			);
			assert.equal((await find("crowd"))?.version, 10);
			assert.equal(new Set(kept).size, kept.length);
			assert.ok(kept.includes(10));
		});

		it("have at most 100 labels a user, all of which can be changed", async () => {
			const { store } = current();
			const user = uri("collector");
			const putAs = (label: string, version: number) =>
				store.transaction((tx) =>
					tx.preferences.put(user, { label, version, content: "" }),
				);
			for (let count = 1; count <= 100; count++) await putAs(`${count}`, 1);
			await refused("too-large", putAs("101", 1));
			assert.equal(await store.preferences.find(user, "101"), undefined);
			await putAs("100", 2);
			assert.equal((await store.preferences.find(user, "100"))?.version, 2);
		});

		it("are each user's own", async () => {
			await put("mine", 1, "alice's");
			const { preferences } = current().store;
			assert.equal(await preferences.find(uri("bob"), "mine"), undefined);
		});

		it("have labels that differ by case and by blanks at the end", async () => {
			for (const [version, label] of ["Tab", "tab", "tab "].entries()) {
				await put(label, version, label);
			}
			for (const label of ["Tab", "tab", "tab "]) {
				assert.equal((await find(label))?.content, label);
			}
		});

		it("of one version are taken from one of two who put them at once", async () => {
			const results = await Promise.allSettled([
				put("race", 1, "a"),
				put("race", 1, "b"),
			]);
			const won = results.filter((each) => each.status === "fulfilled");
			assert.equal(won.length, 1);
		});
	});
}
