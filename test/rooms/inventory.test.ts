/** What administrators look up by name, and that nobody else does. */
import { deepEqual, equal, rejects } from "node:assert/strict";
import type { Actor, Principal } from "../../plugin/rooms/types.ts";
import { type Domain, openDomain, operator } from "../support/domain.ts";

describe("The inventory", () => {
	let domain: Domain;
	let alice: Actor;

	beforeEach(async () => {
		domain = await openDomain();
		alice = await domain.person("alice");
	});
	afterEach(() => domain.close());

	const himself = () => alice.uri as string as Principal;

	it("knows a user with the groups that he is in, however deep, and whether he administers", async () => {
		const { rooms } = domain;
		const inner = await rooms.createGroup(operator, "Inner", [himself()]);
		const outer = await rooms.createGroup(operator, "Outer", [
			`group:${inner.id}` as Principal,
		]);
		await rooms.setAdministrators(operator, [`group:${outer.id}` as Principal]);
		const user = await rooms.user(operator, alice.uri);
		deepEqual(user?.groups.map(({ name }) => name).sort(), ["Inner", "Outer"]);
		equal(user?.administrator, true);
		equal(user?.active, true);
	});

	it("finds groups, categories and rooms by name, letter case apart, and by id", async () => {
		const { rooms } = domain;
		const group = await rooms.createGroup(operator, "Traders", []);
		const category = await rooms.createCategory(operator, { name: "Trading" });
		const { room } = await rooms.createRoom(operator, {
			name: "Floor",
			category: category.id,
			privacy: "secret",
			disabled: true,
		});
		for (const of of ["TRADERS", group.id]) {
			equal((await rooms.group(operator, of))?.id, group.id);
		}
		for (const of of ["trading", category.id]) {
			equal((await rooms.category(operator, of))?.id, category.id);
		}
		for (const of of ["floor", room.id]) {
			deepEqual(
				(await rooms.roomsNamed(operator, of)).map(({ id }) => id),
				[room.id],
			);
		}
		const all = { words: [], descriptions: false, limit: 10 };
		deepEqual(
			(await rooms.roomList(operator, all)).map(({ room: { name } }) => name),
			["Floor"],
		);
		equal(await rooms.group(operator, "nobody"), undefined);
		deepEqual(await rooms.roomsNamed(operator, "nowhere"), []);
	});

	it("is closed to everybody else", async () => {
		const { rooms } = domain;
		const all = { words: [], descriptions: false, limit: 10 };
		for (const look of [
			() => rooms.user(alice, alice.uri),
			() => rooms.group(alice, "Traders"),
			() => rooms.category(alice, "Trading"),
			() => rooms.roomsNamed(alice, "Floor"),
			() => rooms.roomList(alice, all),
		]) {
			await rejects(look, { reason: "forbidden" });
		}
	});
});
