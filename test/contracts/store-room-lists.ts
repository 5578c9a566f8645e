/** The store's contract: which rooms are listed for whom, and by which words. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type {
	CategoryId,
	Holder,
	Principal,
	Role,
} from "../../plugin/rooms/types.ts";
import type { NewRoom, RoomQuery } from "../../plugin/store/index.ts";
import {
	addCategory,
	addRoom,
	addUser,
	enterRoom,
	exampleCom,
	principal,
	type StoreUnderTest,
	sessionId,
} from "./samples.ts";

function holding(principals: readonly Principal[]): Holder {
	return { principals, administrator: false };
}

export function roomListsContract(current: () => StoreUnderTest): void {
	const carol = principal("sip:carol@lists.example");
	const lists = principal("domain:lists.example");
	let category: CategoryId;

	before("adds a category for the lists", async () => {
		({ id: category } = await addCategory(current().store, {
			allowed: [lists],
		}));
	});

	const add = (name: string, changes: Partial<NewRoom> = {}) =>
		addRoom(current().store, { category, name, ...changes });
	const search = async (
		words: readonly string[],
		principals: readonly Principal[] = [carol, lists],
		{ descriptions = false, limit = 100 } = {},
	) => {
		const { rooms } = current().store;
		const found = await rooms.search(
			{ words, descriptions, limit },
			holding(principals),
		);
		return found.map(({ room }) => room.name);
	};

	describe("search", () => {
		it("finds rooms that have all the words in their name, by name", async () => {
			await add("Search beta one");
			await add("search Alpha one");
			await add("Search alpha two");
			assert.deepEqual(await search(["ONE", "search"]), [
				"search Alpha one",
				"Search beta one",
			]);
			assert.deepEqual(await search(["search", "three"]), []);
		});

		it("without words finds every room in scope, and as many as asked for", async () => {
			assert.ok((await search([])).length >= 3);
			assert.equal((await search([], undefined, { limit: 2 })).length, 2);
		});

		it("looks in descriptions only when asked to", async () => {
			await add("Plain", { description: "Über Wählämter" });
			assert.deepEqual(await search(["WÄHLÄMTER"]), []);
			const descriptions = true;
			const found = await search(["wählämter", "plain"], undefined, {
				descriptions,
			});
			assert.deepEqual(found, ["Plain"]);
		});

		it("finds a room by exactly its name, to those who may see it", async () => {
			await add("Exactly");
			await add("Exactly this");
			await add("EXACTLY", { privacy: "secret" });
			const { rooms } = current().store;
			const named = async (name: string) => {
				const found = await rooms.search(
					{ words: [], descriptions: false, named: name, limit: 10 },
					holding([carol, lists]),
				);
				return found.map(({ room }) => room.name);
			};
			assert.deepEqual(await named("exactly"), ["Exactly"]);
			assert.deepEqual(await named("exact"), []);
			assert.deepEqual(await named("%"), []);
		});

		it("takes wildcards, quotes and SQL as the characters they are", async () => {
			const odd = ["100%", "a_b", "back\\slash", "it's", "x';--", '"q"', "?"];
			for (const name of odd) await add(`Odd ${name} room`);
			for (const name of odd) {
				assert.deepEqual(await search(["odd", name]), [`Odd ${name} room`]);
			}
			assert.deepEqual(await search(["' OR 1=1 --"]), []);
			assert.deepEqual(await search(["o%d"]), []);
		});

		it("compares without case in every script", async () => {
			await add("Чат ΟΔΟΣ 会議 Straße 😀");
			for (const word of ["чАТ", "οδος", "会議", "STRAßE", "😀"]) {
				assert.equal((await search([word])).length, 1, word);
			}
			assert.equal((await search(["😁"])).length, 0);
		});

		it("keeps closed rooms in and secret ones for their members and managers", async () => {
			await add("Privacy closed", { privacy: "closed" });
			await add("Privacy secret", { privacy: "secret", members: [carol] });
			await add("Privacy managed", { privacy: "secret", managers: [carol] });
			await add("Privacy shown", { privacy: "secret", presenters: [carol] });
			assert.deepEqual(await search(["privacy"]), [
				"Privacy closed",
				"Privacy managed",
				"Privacy secret",
			]);
			assert.deepEqual(await search(["privacy"], [lists]), ["Privacy closed"]);
		});

		it("shows nothing out of scope, denied or disabled", async () => {
			const { store, knex } = current();
			await add("Scope here");
			const { id } = await addCategory(store, {
				allowed: [lists],
				denied: [carol],
			});
			await addRoom(store, { category: id, name: "Scope denied" });
			const disabled = await add("Scope disabled");
			await knex("rooms").where({ id: disabled.id }).update({ disabled: true });
			assert.deepEqual(await search(["scope"]), ["Scope here"]);
			assert.deepEqual(await search(["scope"], [exampleCom]), []);
			assert.deepEqual(await search(["scope"], []), []);
		});

		it("counts the users who are in each room", async () => {
			const { store } = current();
			const [busy] = [await add("Count busy"), await add("Count quiet")];
			const [one, two] = [await addUser(store), await addUser(store)];
			await store.transaction(async (tx) => {
				await tx.rooms.lock(busy.id);
				for (const user of [one, two, two]) {
					const standing = {
						inScope: true,
						administrator: false,
						member: true,
						manager: false,
						presenter: false,
					};
					await enterRoom(tx, busy.id, { user, standing }, sessionId());
				}
			});
			const found = await store.rooms.search(
				{ words: ["count"], descriptions: false, limit: 10 },
				holding([lists]),
			);
			const counts = found.map(({ participantCount }) => participantCount);
			assert.deepEqual(counts, [2, 0]);
		});
	});

	describe("search by what rooms are", () => {
		const findings = async (
			criteria: Partial<RoomQuery>,
			holder = holding([carol, lists]),
		) => {
			const found = await current().store.rooms.search(
				{ words: ["by"], descriptions: false, limit: 100, ...criteria },
				holder,
			);
			return found
				.map(({ room }) => room.name)
				.filter((name) => name.startsWith("By "));
		};
		const dave = principal("sip:dave@lists.example");
		let elsewhere: CategoryId;

		before("adds rooms of every kind", async () => {
			const { store } = current();
			const allowed = [lists];
			({ id: elsewhere } = await addCategory(store, { allowed }));
			await add("By auditorium", { type: "auditorium", managers: [dave] });
			await add("By closed", { privacy: "closed", members: [lists] });
			await add("By disabled", { disabled: true, managers: [carol] });
			await add("By hidden", { disabled: true, managers: [dave] });
			await add("By itself", { invitations: "off", members: [dave, carol] });
			await add("By move", { category: elsewhere });
			await add("By plan", {
				addIn: { name: "Plan", url: "https://x.example" },
			});
			await add("By secret", { privacy: "secret", members: [dave] });
		});

		it("shows disabled rooms to their managers, and to administrators everything", async () => {
			assert.deepEqual(await findings({}), [
				"By auditorium",
				"By closed",
				"By disabled",
				"By itself",
				"By move",
				"By plan",
			]);
			const all = await findings({}, { principals: [], administrator: true });
			assert.equal(all.length, 8);
			assert.deepEqual(await findings({ disabled: true }), ["By disabled"]);
			assert.equal((await findings({ disabled: false })).length, 5);
		});

		it("goes by privacy, type, category, invitations and add-in", async () => {
			const expected: readonly (readonly [Partial<RoomQuery>, string[]])[] = [
				[{ privacy: "closed" }, ["By closed"]],
				[{ privacy: "secret" }, []],
				[{ type: "auditorium" }, ["By auditorium"]],
				[{ category: elsewhere }, ["By move"]],
				[{ category: randomUUID() as CategoryId }, []],
				[{ invitations: "off" }, ["By itself"]],
				[{ addIn: "Plan" }, ["By plan"]],
				[{ addIn: "Pla" }, []],
				[
					{ privacy: "open", type: "normal", invitations: "off" },
					["By itself"],
				],
			];
			for (const [criteria, names] of expected) {
				assert.deepEqual(
					await findings(criteria),
					names,
					JSON.stringify(criteria),
				);
			}
		});

		it("goes by who holds roles there, all of them", async () => {
			const holds = (role: Role, ...principals: readonly Principal[]) => ({
				role,
				principals,
			});
			const by = (...held: readonly ReturnType<typeof holds>[]) =>
				findings({ holding: held });
			assert.deepEqual(await by(holds("manager", dave)), ["By auditorium"]);
			assert.deepEqual(await by(holds("member", dave, lists)), [
				"By closed",
				"By itself",
			]);
			const both = [holds("member", dave), holds("member", carol)];
			assert.deepEqual(await by(...both), ["By itself"]);
			assert.deepEqual(await by(holds("manager", dave), ...both), []);
			assert.deepEqual(await by(holds("member")), []);
		});

		it("tells who is in a secret room only to himself and its managers", async () => {
			const guest = principal("sip:guest@lists.example");
			await add("By whisper", {
				privacy: "secret",
				members: [carol, guest],
				managers: [dave],
			});
			const asked = (who: Principal, asker: Holder) =>
				findings({ holding: [{ role: "member", principals: [who] }] }, asker);
			const whisper = ["By whisper"];
			const carols = holding([carol, lists]);
			assert.deepEqual(await findings({ words: whisper }, carols), whisper);
			assert.ok((await asked(carol, carols)).includes("By whisper"));
			assert.deepEqual(await asked(guest, carols), []);
			assert.deepEqual(await asked(guest, holding([lists])), []);
			assert.deepEqual(await asked(guest, holding([dave, lists])), whisper);
			const administrator: Holder = { principals: [], administrator: true };
			assert.deepEqual(await asked(guest, administrator), whisper);
		});

		it("takes an exact name, any of the words, or the words as a phrase", async () => {
			const named = (name: string) => findings({ words: [], named: name });
			assert.deepEqual(await named(" bY  PLAN"), ["By plan"]);
			assert.deepEqual(await named("by"), []);
			assert.deepEqual(await named("By secret"), []);
			assert.deepEqual(await findings({ words: ["PLAN", "move"] }), []);
			const match = "any" as const;
			const words = ["PLAN", "move", "secret", "hidden"];
			assert.deepEqual(await findings({ words, match }), [
				"By move",
				"By plan",
			]);
			const phrase = (...row: readonly string[]) =>
				findings({ words: row, match: "phrase" });
			assert.deepEqual(await phrase("BY", "its"), ["By itself"]);
			assert.deepEqual(await phrase("itself", "by"), []);
			const descriptions = true;
			await add("By words", { description: "blue Moon rising" });
			for (const [row, found] of [
				[["moon", "rising"], 1],
				[["rising", "moon"], 0],
				[["words", "blue"], 0],
			] as const) {
				const names = await findings({
					words: row,
					match: "phrase",
					descriptions,
				});
				assert.equal(names.length, found, row.join(" "));
			}
			const any = { words: ["moon", "plan"], match, descriptions };
			assert.deepEqual(await findings(any), ["By plan", "By words"]);
			assert.ok((await findings({ words: [], match })).length > 0);
		});
	});

	describe("rooms with a role", () => {
		const withRole = async (role: "member" | "manager" | "presenter") => {
			const { rooms } = current().store;
			const found = await rooms.withRole(role, holding([carol, lists]), 100);
			return found
				.map(({ room }) => room.name)
				.filter((name) => name.startsWith("Role"));
		};

		it("are listed by name, each once, whichever principal has the role", async () => {
			await add("Role b", { members: [carol, lists], privacy: "secret" });
			await add("Role a", { members: [lists], managers: [carol] });
			await add("Role c", { presenters: [carol] });
			assert.deepEqual(await withRole("member"), ["Role a", "Role b"]);
			assert.deepEqual(await withRole("manager"), ["Role a"]);
			assert.deepEqual(await withRole("presenter"), ["Role c"]);
		});

		it("are not listed out of scope, disabled, or beyond the limit", async () => {
			const { store, knex } = current();
			const other = await addCategory(store, { allowed: [exampleCom] });
			const members = [carol];
			const name = `Role ${randomUUID()}`;
			await addRoom(store, { category: other.id, name, members });
			const gone = await add("Role gone", { members });
			await knex("rooms").where({ id: gone.id }).update({ disabled: true });
			assert.deepEqual(await withRole("member"), ["Role a", "Role b"]);
			const first = await store.rooms.withRole(
				"member",
				holding([carol, lists]),
				1,
			);
			assert.equal(first.length, 1);
		});
	});
}
