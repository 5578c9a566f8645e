/** Removing rooms over HTTP, for ever: foretold, for administrators only. */
import { deepEqual, equal } from "node:assert/strict";
import type { Principal } from "../../plugin/rooms/types.ts";
import { operator } from "../support/domain.ts";
import { rooms } from "../support/people.ts";
import { type Browser, type Site, startSite } from "./site.ts";

const guid = (uri: string) => uri.split("/").at(-1) ?? "";
const operations = `/api/rooms/${guid(rooms.operations)}`;
const board = `/api/rooms/${guid(rooms.board)}`;
const noSuch = "/api/rooms/00000000-0000-4000-8000-0000000000ff";

describe("removing rooms over HTTP", () => {
	let site: Site;
	let alice: Browser;
	let bob: Browser;
	let dave: Browser;
	before(async () => {
		site = await startSite();
		await site.node.chat.rooms.setAdministrators(operator, [
			"sip:dave@example.com" as Principal,
		]);
		[alice, bob, dave] = (await Promise.all(
			["alice", "bob", "dave"].map((name) => site.signedIn(name)),
		)) as [Browser, Browser, Browser];
	});
	after(() => site.close());

	it("is refused to members and managers, and to whoever may not know of the room", async () => {
		for (const [method, rest] of [
			["GET", "/removal"],
			["DELETE", ""],
		] as const) {
			equal((await alice.ask(method, operations + rest)).status, 403);
			equal((await bob.ask(method, operations + rest)).status, 403);
			const secret = await bob.ask(method, board + rest);
			const none = await bob.ask(method, noSuch + rest);
			equal(secret.status, 404);
			equal(secret.text, none.text);
		}
		equal((await bob.ask("GET", operations)).status, 200);
	});

	it("says beforehand who would lose what, by name", async () => {
		const { status, json } = await dave.ask("GET", `${operations}/removal`);
		equal(status, 200);
		deepEqual(
			(
				json as { losses: readonly { name: string; was: unknown }[] }
			).losses.map(({ name, was }) => [name, was]),
			[
				["Alice", ["member"]],
				["Bob", ["member", "manager"]],
			],
		);
	});

	it("takes the room away from everybody", async () => {
		equal((await dave.ask("DELETE", operations)).status, 204);
		equal((await bob.ask("GET", operations)).status, 404);
		equal((await dave.ask("DELETE", operations)).status, 404);
	});
});
