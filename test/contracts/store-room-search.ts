/** The store's contract: each thing that a search of rooms can ask for, alone and together, and what it may not tell. */
import assert from "node:assert/strict";
import type {
	CategoryId,
	Holder,
	Principal,
} from "../../plugin/rooms/types.ts";
import type { NewRoom, RoomSearch } from "../../plugin/store/index.ts";
import {
	addCategory,
	addRoom,
	principal,
	type StoreUnderTest,
} from "./samples.ts";

export function roomSearchContract(current: () => StoreUnderTest): void {
	const searchers = principal("domain:searchers.example");
	const erin = principal("sip:erin@searchers.example");
	const team = principal("group:0000-team");
	const holder = (...principals: readonly Principal[]): Holder => ({
		principals: [searchers, ...principals],
		administrator: false,
	});
	const administrator: Holder = { principals: [], administrator: true };
	const addIn = { name: "Board", url: "https://board.example/" };
	let category: CategoryId;
	let other: CategoryId;

	before("adds rooms of every kind to search", async () => {
		const { store } = current();
		({ id: category } = await addCategory(store, { allowed: [searchers] }));
		({ id: other } = await addCategory(store, { allowed: [searchers] }));
		const rooms: readonly [string, Partial<NewRoom>][] = [
			["Red apples", { description: "sweet fruit", members: [erin] }],
			["Green apples", { description: "sour fruit", managers: [team] }],
			["Red  peppers", { category: other, invitations: "off" }],
			["Closed stall", { privacy: "closed", addIn, presenters: [erin] }],
			["Secret stall", { privacy: "secret", members: [erin, team] }],
			["Stage", { type: "auditorium" }],
			["Shut stall", { disabled: true, managers: [team] }],
		];
		for (const [name, changes] of rooms) {
			await addRoom(store, { category, name, ...changes });
		}
	});

	const found = async (search: Partial<RoomSearch>, asker = holder()) => {
		const rooms = await current().store.rooms.search(
			{ words: [], descriptions: false, limit: 100, ...search },
			asker,
		);
		return rooms.map(({ room }) => room.name);
	};
	const role = (name: "member" | "manager" | "presenter", who: Principal) => ({
		holding: [{ role: name, principals: [who] }],
	});

	describe("a search of rooms", () => {
		it("takes all of the words, any of them, or the words as they follow one another", async () => {
			const words = ["RED", "apples"];
			assert.deepEqual(await found({ words, match: "all" }), ["Red apples"]);
			assert.deepEqual(await found({ words }), ["Red apples"]);
			assert.deepEqual(await found({ words, match: "any" }), [
				"Green apples",
				"Red apples",
				"Red  peppers",
			]);
			const match = "phrase";
			assert.deepEqual(await found({ words, match }), ["Red apples"]);
			const turned = ["apples", "red"];
			assert.deepEqual(await found({ words: turned, match }), []);
			const blanks = ["red", "peppers"];
			assert.deepEqual(await found({ words: blanks, match }), ["Red  peppers"]);
		});

		it("looks for each word, and for the whole of a phrase, in name or description", async () => {
			const descriptions = true;
			const words = ["apples", "sour"];
			assert.deepEqual(await found({ words, descriptions }), ["Green apples"]);
			assert.deepEqual(
				await found({
					words: ["sweet", "peppers"],
					match: "any",
					descriptions,
				}),
				["Red apples", "Red  peppers"],
			);
			const match = "phrase";
			assert.deepEqual(
				await found({ words: ["sour", "fruit"], match, descriptions }),
				["Green apples"],
			);
			assert.deepEqual(await found({ words, match, descriptions }), []);
		});

		it("narrows by category, privacy, type and invitations", async () => {
			assert.deepEqual(await found({ category: other }), ["Red  peppers"]);
			assert.deepEqual(await found({ privacy: "closed" }), ["Closed stall"]);
			assert.deepEqual(await found({ type: "auditorium" }), ["Stage"]);
			assert.deepEqual(await found({ invitations: "off" }), ["Red  peppers"]);
			assert.deepEqual(
				await found({ invitations: "inherit", category, type: "normal" }),
				["Closed stall", "Green apples", "Red apples"],
			);
			assert.deepEqual(await found({ words: ["red"], category }), [
				"Red apples",
			]);
		});

		it("narrows by the name of an add-in", async () => {
			assert.deepEqual(await found({ addIn: "Board" }), ["Closed stall"]);
			assert.deepEqual(await found({ addIn: "Boar" }), []);
		});

		it("finds exactly the room of a name, whatever its case and blanks", async () => {
			assert.deepEqual(await found({ named: "RED peppers" }), ["Red  peppers"]);
			assert.deepEqual(await found({ named: "peppers" }), []);
		});

		it("finds disabled rooms for their managers, with others or alone", async () => {
			assert.deepEqual(await found({ disabled: true }), []);
			const manager = holder(team);
			assert.deepEqual(await found({ disabled: true }, manager), [
				"Shut stall",
			]);
			const words = ["shut"];
			assert.deepEqual(await found({ words }, manager), ["Shut stall"]);
			assert.deepEqual(await found({ words, disabled: false }, manager), []);
		});

		it("finds where somebody has a role, and all of several roles", async () => {
			assert.deepEqual(await found(role("member", erin)), ["Red apples"]);
			assert.deepEqual(await found(role("manager", team)), ["Green apples"]);
			assert.deepEqual(await found(role("presenter", erin)), ["Closed stall"]);
			const holding = (["member", "presenter"] as const).map((name) => ({
				role: name,
				principals: [erin, team],
			}));
			assert.deepEqual(await found({ holding }), []);
			assert.deepEqual(
				await found({ holding: [{ role: "member", principals: [] }] }),
				[],
			);
		});

		it("tells who is in a secret room only to himself and its managers", async () => {
			const words = ["secret"];
			const ofErin = { words, ...role("member", erin) };
			const ofTeam = { words, ...role("member", team) };
			assert.deepEqual(await found(ofErin, holder(erin)), ["Secret stall"]);
			assert.deepEqual(await found(ofTeam, holder(erin)), []);
			assert.deepEqual(await found({ words }, holder(erin)), ["Secret stall"]);
			assert.deepEqual(await found(ofErin), []);
			assert.deepEqual(await found(ofTeam, administrator), ["Secret stall"]);
		});

		it("shows administrators every room, and nobody those of a category out of scope", async () => {
			const all = await found({ category }, administrator);
			assert.equal(all.length, 6);
			const stranger: Holder = { principals: [erin], administrator: false };
			assert.deepEqual(await found({ category }, stranger), []);
		});

		it("gives no more than the limit, the first by name", async () => {
			assert.deepEqual(await found({ category, limit: 2 }), [
				"Closed stall",
				"Green apples",
			]);
		});
	});
}
