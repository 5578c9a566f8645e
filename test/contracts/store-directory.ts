/** The store's contract: the directory: what people hold, who could be a member, who is found. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { Supposition } from "../../plugin/rooms/directory.ts";
import type { GroupId, Principal, UserUri } from "../../plugin/rooms/types.ts";
import type { Transaction } from "../../plugin/store/index.ts";
import {
	addGroup,
	addUsers,
	groupPrincipal,
	principal,
	type StoreUnderTest,
} from "./samples.ts";

export function directoryContract(current: () => StoreUnderTest): void {
	const write = (work: (tx: Transaction) => Promise<void>) =>
		current().store.transaction(work);

	describe("what somebody holds", () => {
		const holders = (...users: readonly UserUri[]) =>
			current().store.directory.holders(users);
		const user = "sip:h@hold.example" as UserUri;
		const own = [principal(user), principal("domain:hold.example")];

		it("is himself and his domain, for an unknown user too", async () => {
			assert.deepEqual(
				await holders(user),
				new Map([[user, { principals: own, administrator: false }]]),
			);
			assert.equal((await holders()).size, 0);
		});

		it("is also the groups that he, his domain or those groups are in", async () => {
			const byUser = await addGroup(current().store, [principal(user)]);
			const byDomain = await addGroup(current().store, [
				principal("domain:hold.example"),
			]);
			const outer = await addGroup(current().store, [groupPrincipal(byUser)]);
			const outermost = await addGroup(current().store, [
				groupPrincipal(outer),
			]);
			await addGroup(current().store, [principal("sip:other@hold.example")]);
			const asked = "sip:z@z.example" as UserUri;
			const found = await holders(user, asked);
			assert.deepEqual(
				new Set(found.get(user)?.principals),
				new Set([
					...own,
					...[byUser, byDomain, outer, outermost].map(groupPrincipal),
				]),
			);
			assert.equal(found.get(asked)?.principals.length, 2);
		});

		it("is found in groups that contain each other, and themselves", async () => {
			const one = await addGroup(current().store);
			const two = await addGroup(current().store, [groupPrincipal(one)]);
			await write((tx) =>
				tx.groups.change({
					...one,
					members: [
						groupPrincipal(two),
						groupPrincipal(one),
						principal("sip:c@c.example"),
					],
				}),
			);
			const inCircle = "sip:c@c.example" as UserUri;
			const principals = (await holders(inCircle)).get(inCircle)?.principals;
			assert.equal(principals?.length, 4);
		});

		it("makes an administrator of whom the list names, himself, by domain or by group", async () => {
			const admins = ["a", "b", "c", "d"].map(
				(name) => `sip:${name}@${name}.example` as UserUri,
			);
			const inner = await addGroup(current().store, [
				principal("sip:c@c.example"),
			]);
			const group = await addGroup(current().store, [groupPrincipal(inner)]);
			await write((tx) =>
				tx.policies.setAdministrators([
					principal("sip:a@a.example"),
					principal("domain:b.example"),
					groupPrincipal(group),
				]),
			);
			const found = await holders(...admins);
			assert.deepEqual(
				admins.map((admin) => found.get(admin)?.administrator),
				[true, true, true, false],
			);
			const crowd = Array.from(
				{ length: 900 },
				(_, index) => `sip:${index}@many.hold` as UserUri,
			);
			const all = [...(await holders(...crowd, ...admins)).values()];
			assert.equal(all.length, 904);
			const some = all.filter(({ administrator }) => administrator);
			assert.equal(some.length, 3);
			await write((tx) => tx.policies.setAdministrators([]));
		});
	});

	describe("what would be, if the directory said something else", () => {
		const user = "sip:s@suppose.example" as UserUri;
		const other = "sip:o@suppose.example" as UserUri;

		it("is held by a group's members then, and no more by those whom it has now; so deep as groups are", async () => {
			const { store } = current();
			const inner = await addGroup(store, [principal(user)]);
			const outer = await addGroup(store, [groupPrincipal(inner)]);
			const groups = async (id: GroupId, members: readonly Principal[]) => {
				const supposing = { group: { id, members } };
				const found = await store.directory.holders([user, other], supposing);
				return [user, other].map((each) =>
					[inner, outer].filter((group) =>
						found.get(each)?.principals.includes(groupPrincipal(group)),
					),
				);
			};
			assert.deepEqual(await groups(inner.id, []), [[], []]);
			assert.deepEqual(await groups(outer.id, []), [[inner], []]);
			assert.deepEqual(await groups(inner.id, [principal(other)]), [
				[],
				[inner, outer],
			]);
			assert.deepEqual(
				await groups(outer.id, [principal("domain:suppose.example")]),
				[[inner, outer], [outer]],
			);
			const now = await store.directory.holders([user]);
			assert.equal(now.get(user)?.principals.length, 4, "nothing is changed");
		});

		it("has other administrators", async () => {
			const supposing = { administrators: [principal(user)] };
			const { directory } = current().store;
			const found = await directory.holders([user, other], supposing);
			assert.deepEqual(
				[user, other].map((each) => found.get(each)?.administrator),
				[true, false],
			);
		});

		it("enables those of whom policy and account say so then", async () => {
			const { store } = current();
			const domain = "said.example";
			const [one, two] = await addUsers(store, domain, ["one", "two"]);
			const [off] = await addUsers(store, domain, ["off"], { active: false });
			assert.ok(one && two && off);
			const scope = `domain:${domain}` as const;
			await write((tx) =>
				tx.policies.set({ scope, enabled: true, admit: false }),
			);
			const enabled = async (supposing?: Supposition) => [
				...(await store.directory.enabled([one, two, off], supposing)),
			];
			assert.deepEqual(await enabled(), [one, two]);
			for (const [supposing, expected] of [
				[{ policy: { scope, enabled: false } }, []],
				[{ policy: { scope, enabled: undefined } }, []],
				[{ policy: { scope: one, enabled: false } }, [two]],
				[{ policy: { scope: "everybody", enabled: false } }, [one, two]],
				[{ account: { user: one, active: false } }, [two]],
				[{ account: { user: off, active: true } }, [one, two, off]],
			] as const) {
				assert.deepEqual(
					(await enabled(supposing)).sort(),
					[...expected].sort(),
					JSON.stringify(supposing),
				);
			}
		});
	});

	describe("who could be a member", () => {
		const covered = async (
			principals: readonly Principal[],
			page: {
				except?: readonly Principal[];
				after?: UserUri;
				limit?: number;
			} = {},
		) => {
			const { directory } = current().store;
			const found = await directory.covered(principals, {
				limit: 100,
				...page,
			});
			return found.map(({ uri }) => uri.slice("sip:".length).split("@")[0]);
		};
		const x = principal("domain:x.cover");
		const of = (name: string, domain = "x.cover") =>
			principal(`sip:${name}@${domain}`);

		before("adds users", async () => {
			await addUsers(current().store, "x.cover", ["a", "b", "c", "d", "e"]);
			await addUsers(current().store, "y.cover", ["f", "g"]);
		});

		it("is whom the directory knows of users, domains and groups, by URI and once", async () => {
			const inner = await addGroup(current().store, [
				of("g", "y.cover"),
				of("unknown"),
			]);
			const group = await addGroup(current().store, [
				groupPrincipal(inner),
				of("b"),
				of("a"),
			]);
			assert.deepEqual(await covered([groupPrincipal(group)]), ["a", "b", "g"]);
			assert.deepEqual(await covered([x, of("b"), groupPrincipal(group)]), [
				..."abcde",
				"g",
			]);
			assert.deepEqual(await covered([]), []);
			assert.deepEqual(await covered([of("unknown")]), []);
		});

		it("ends in groups that contain each other", async () => {
			const one = await addGroup(current().store);
			const two = await addGroup(current().store, [
				groupPrincipal(one),
				of("c"),
			]);
			const members = [groupPrincipal(two), of("d")];
			await write((tx) => tx.groups.change({ ...one, members }));
			assert.deepEqual(await covered([groupPrincipal(one)]), ["c", "d"]);
		});

		it("leaves out whom another principal covers, in every way", async () => {
			const group = await addGroup(current().store, [
				of("b"),
				principal("domain:y.cover"),
			]);
			const all = [x, principal("domain:y.cover")];
			assert.deepEqual(
				await covered(all, { except: [groupPrincipal(group)] }),
				[..."acde"],
			);
			assert.deepEqual(await covered(all, { except: [x] }), ["f", "g"]);
			assert.deepEqual(await covered([of("b")], { except: [x] }), []);
		});

		it("is given in pages, full ones also when many are left out", async () => {
			const except = ["a", "b", "d"].map((name) => of(name));
			assert.deepEqual(await covered([x], { limit: 2 }), ["a", "b"]);
			const after = "sip:b@x.cover" as UserUri;
			assert.deepEqual(await covered([x], { after, limit: 2 }), ["c", "d"]);
			assert.deepEqual(await covered([x], { except, limit: 2 }), ["c", "e"]);
			assert.deepEqual(await covered([x], { except, limit: 1 }), ["c"]);
			const named = ["e", "c", "a"].map((name) => of(name));
			assert.deepEqual(await covered(named, { limit: 2 }), ["a", "c"]);
			assert.deepEqual(
				await covered([...named, of("g", "y.cover")], { after, limit: 9 }),
				["c", "e", "g"],
			);
		});

		it("goes through 1,000 named users page by page, each once", async () => {
			const names = Array.from({ length: 1_000 }, (_, index) =>
				String(index).padStart(4, "0"),
			);
			await addUsers(current().store, "pages.cover", names);
			const group = await addGroup(
				current().store,
				names.map((name) => of(name, "pages.cover")),
			);
			const found: (string | undefined)[] = [];
			for (let after: UserUri | undefined; ; ) {
				const page = await covered([groupPrincipal(group)], {
					...(after !== undefined && { after }),
					limit: 300,
				});
				found.push(...page);
				if (page.length < 300) break;
				after = `sip:${page.at(-1)}@pages.cover` as UserUri;
			}
			assert.deepEqual(found, names);
		});
	});

	describe("people", () => {
		const search = async (words: readonly string[], limit = 10) => {
			const found = await current().store.directory.search(words, limit);
			return {
				users: found.users.map(({ displayName }) => displayName),
				groups: found.groups.map(({ name }) => name),
				more: found.more,
			};
		};

		before("adds people", async () => {
			await addUsers(current().store, "find.example", ["nikos"], {
				displayName: "Νίκος Ångström",
				email: "N.Angstrom@mail.example",
			});
			await addUsers(current().store, "find.example", ["100%", "a_b"]);
			await addGroup(current().store, [], "Ångström's friends");
		});

		it("are found by all words, in name, URI and e-mail address, without case; groups by name", async () => {
			const nikos = {
				users: ["Νίκος Ångström"],
				groups: [],
				more: false,
			};
			for (const words of [
				["ΝΊΚΟΣ"],
				["νίκοσ", "ÅNGSTRÖM"],
				["nikos@FIND"],
				["n.angstrom@mail"],
			]) {
				assert.deepEqual(await search(words), nikos, words.join(" "));
			}
			assert.deepEqual(await search(["ångström"]), {
				...nikos,
				groups: ["Ångström's friends"],
			});
			assert.deepEqual((await search(["nikos", "nobody"])).users, []);
		});

		it("are found by the characters themselves, wildcards or not", async () => {
			assert.deepEqual((await search(["0%@find"])).users, ["The 100%"]);
			assert.deepEqual((await search(["a_b@find"])).users, ["The a_b"]);
			assert.deepEqual((await search(["a%b@find"])).users, []);
		});

		it("are no more than asked for, and it is said that there are more", async () => {
			const some = await search(["find.example"], 2);
			assert.deepEqual([some.users.length, some.more], [2, true]);
			const all = await search(["find.example"], 3);
			assert.deepEqual(all, {
				users: ["The 100%", "The a_b", "Νίκος Ångström"],
				groups: [],
				more: false,
			});
		});

		it("have names in the order asked, whether they are known or not", async () => {
			const group = await addGroup(current().store);
			const missing = principal(`group:${randomUUID()}`);
			const asked = [
				principal("domain:named.example"),
				missing,
				groupPrincipal(group),
				principal("sip:nobody@find.example"),
				principal("sip:nikos@find.example"),
				principal("sip:nikos@find.example"),
			];
			const found = await current().store.directory.named(asked);
			assert.deepEqual(
				found.map(({ principal: each, name, known }) => [each, name, known]),
				[
					[asked[0], "named.example", true],
					[missing, missing.slice("group:".length), false],
					[asked[2], group.name, true],
					[asked[3], "nobody@find.example", false],
					[asked[4], "Νίκος Ångström", true],
					[asked[4], "Νίκος Ångström", true],
				],
			);
		});
	});
}
