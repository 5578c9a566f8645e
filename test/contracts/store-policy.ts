/** The store's contract: policy and administrators. */
import assert from "node:assert/strict";
import type { PolicyScope, UserUri } from "../../plugin/rooms/types.ts";
import type { Transaction } from "../../plugin/store/index.ts";
import { addUsers, principal, type StoreUnderTest } from "./samples.ts";

export function policyContract(current: () => StoreUnderTest): void {
	const write = (work: (tx: Transaction) => Promise<void>) =>
		current().store.transaction(work);

	describe("policy", () => {
		const set = (scope: PolicyScope, enabled: boolean, admit = false) =>
			write((tx) => tx.policies.set({ scope, enabled, admit }));
		const unset = (scope: PolicyScope) =>
			write((tx) => tx.policies.unset(scope));

		it("is off, then as it is said of everybody, else of the domain, else of the user", async () => {
			const { store } = current();
			const [user] = await addUsers(current().store, "policy.example", ["u"]);
			assert.ok(user);
			const is = async (expected: boolean) => {
				assert.equal((await store.users.find(user))?.enabled, expected);
				const enabled = await store.directory.enabled([user]);
				assert.equal(enabled.has(user), expected);
			};
			await is(false);
			await set("everybody", true);
			await is(true);
			await set("domain:policy.example", false);
			await is(false);
			await set(user, true);
			await is(true);
			await set(user, false);
			await set("domain:policy.example", true);
			await is(false);
			await unset(user);
			await is(true);
			await unset("everybody");
			await is(true);
			await unset("domain:policy.example");
			await is(false);
		});

		it("is read as it was last set, and unset once or twice", async () => {
			const { policies } = current().store;
			const scope = "domain:read.example";
			assert.equal(await policies.find(scope), undefined);
			await set(scope, true);
			await set(scope, false, true);
			const policy = { scope, enabled: false, admit: true };
			assert.deepEqual(await policies.find(scope), policy);
			await set("domain:other.example", true);
			assert.deepEqual(
				(await policies.list()).map((each) => each.scope),
				["domain:other.example", scope],
			);
			await unset(scope);
			await unset(scope);
			await unset("domain:other.example");
			assert.deepEqual(await policies.list(), []);
		});

		it("is one thing, and whether the account is on another: enabled is both", async () => {
			const { store } = current();
			await set("domain:both.example", true);
			const [off] = await addUsers(current().store, "both.example", ["off"], {
				active: false,
			});
			const [on] = await addUsers(current().store, "both.example", ["on"]);
			assert.ok(off && on);
			const asked = [on, off, "sip:unknown@both.example" as UserUri];
			assert.deepEqual(
				[...(await store.directory.enabled(asked))],
				["sip:on@both.example"],
			);
			const { enabled, active } =
				(
					await store.users.list({
						after: on.slice(0, -1) as UserUri,
						limit: 1,
					})
				).at(0) ?? {};
			assert.deepEqual([enabled, active], [true, true]);
			await set("domain:both.example", false);
			const [listed] = await store.users.list({
				after: on.slice(0, -1) as UserUri,
				limit: 1,
			});
			assert.deepEqual([listed?.enabled, listed?.active], [false, true]);
			await unset("domain:both.example");
		});

		it("is asked of 1,000 users at once", async () => {
			const { store } = current();
			const names = Array.from({ length: 1_000 }, (_, index) => `n${index}`);
			const users = await addUsers(current().store, "thousand.example", names);
			await set("domain:thousand.example", true);
			await set("sip:n7@thousand.example" as UserUri, false);
			assert.equal((await store.directory.enabled(users)).size, 999);
			await unset("domain:thousand.example");
			await unset("sip:n7@thousand.example" as UserUri);
		});

		it("of a removed user goes with him", async () => {
			const { store } = current();
			const [user] = await addUsers(current().store, "gone.example", ["u"]);
			assert.ok(user);
			await set(user, true);
			await write((tx) => tx.users.remove(user));
			assert.equal(await store.policies.find(user), undefined);
		});
	});

	describe("administrators", () => {
		it("are the whole list that was last set, each once", async () => {
			const { policies } = current().store;
			const one = principal("sip:one@admin.example");
			const two = principal("domain:admin.example");
			await write((tx) => tx.policies.setAdministrators([one, two, one]));
			assert.deepEqual(await policies.administrators(), [two, one]);
			await write((tx) => tx.policies.setAdministrators([one]));
			assert.deepEqual(await policies.administrators(), [one]);
			await write((tx) => tx.policies.setAdministrators([]));
			assert.deepEqual(await policies.administrators(), []);
		});
	});
}
