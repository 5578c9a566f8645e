/** What pages read of rooms, history and people, and that nobody reads more than he may. */
import { deepEqual, equal, match } from "node:assert/strict";
import { rooms, signIn } from "../support/people.ts";
import { type Browser, type Site, startSite } from "./site.ts";

const guid = (uri: string) => uri.split("/").at(-1) ?? "";
const lobby = guid(rooms.lobby);
const operations = guid(rooms.operations);
const board = guid(rooms.board);
const noSuch = "00000000-0000-4000-8000-0000000000ff";

interface Listed {
	readonly rooms: readonly { readonly name: string }[];
}

describe("rooms over HTTP", () => {
	let site: Site;
	let alice: Browser;
	let bob: Browser;
	let carol: Browser;
	before(async () => {
		site = await startSite();
		[alice, bob, carol] = (await Promise.all(
			["alice", "bob", "carol"].map((name) => site.signedIn(name)),
		)) as [Browser, Browser, Browser];
		const person = await signIn(site.node, "alice");
		await person.chat.join(rooms.lobby);
		for (const text of ["one", "two <b>not bold</b>", "three"]) {
			await person.chat.post(rooms.lobby, text);
		}
		await person.chat.close();
	});
	after(() => site.close());

	const names = async (browser: Browser, path: string) =>
		((await browser.ask("GET", path)).json as Listed).rooms.map(
			({ name }) => name,
		);

	it("are found by their members, and secret ones by nobody else", async () => {
		deepEqual(await names(alice, "/api/rooms?words=o"), [
			"Announcements",
			"Lobby",
			"Operations",
		]);
		deepEqual(await names(alice, "/api/rooms?words=board"), []);
		deepEqual(await names(carol, "/api/rooms?words=board"), ["Board"]);
		deepEqual(await names(alice, "/api/rooms?privacy=closed"), ["Operations"]);
		deepEqual(await names(bob, "/api/rooms/mine?role=manager"), ["Operations"]);
		deepEqual(await names(carol, "/api/rooms/mine"), ["Board"]);
		deepEqual(await names(carol, "/api/rooms/followed"), []);
	});

	it("are shown with their roles to managers, and without to others", async () => {
		const seen = (await alice.ask("GET", `/api/rooms/${operations}`)).json;
		const managed = (await bob.ask("GET", `/api/rooms/${operations}`)).json;
		equal((seen as { roles?: unknown }).roles, undefined);
		deepEqual((managed as { roles: { manager: unknown } }).roles.manager, [
			{ principal: "sip:bob@example.com", name: "Bob", known: true },
		]);
	});

	it("give their history page by page", async () => {
		const texts = async (query: string) => {
			const { json } = await bob.ask(
				"GET",
				`/api/rooms/${lobby}/messages?${query}`,
			);
			return (json as { messages: readonly { text: string }[] }).messages.map(
				({ text }) => text,
			);
		};
		deepEqual(await texts("count=2"), ["two <b>not bold</b>", "three"]);
		deepEqual(await texts("before=3&count=1"), ["two <b>not bold</b>"]);
		deepEqual(await texts("after=0&count=1"), ["one"]);
		deepEqual(await texts("around=2&count=3"), [
			"one",
			"two <b>not bold</b>",
			"three",
		]);
		const both = await bob.ask(
			"GET",
			`/api/rooms/${lobby}/messages?before=1&after=1`,
		);
		equal(both.status, 400);
	});

	it("have one answer where they are secret and where they are not there, on every route", async () => {
		for (const rest of ["", "/participants", "/messages"]) {
			const secret = await alice.ask("GET", `/api/rooms/${board}${rest}`);
			const none = await alice.ask("GET", `/api/rooms/${noSuch}${rest}`);
			equal(secret.status, 404, rest);
			equal(secret.text, none.text);
			match(secret.text, /There is no such room/);
			equal((await carol.ask("GET", `/api/rooms/${board}${rest}`)).status, 200);
		}
		equal(
			(await carol.ask("GET", `/api/rooms/${operations}/messages`)).status,
			403,
		);
	});

	it("say who is in them", async () => {
		const person = await signIn(site.node, "bob");
		await person.chat.join(rooms.lobby);
		const { json } = await alice.ask("GET", `/api/rooms/${lobby}/participants`);
		deepEqual(json, {
			count: 1,
			participants: [
				{
					uri: "sip:bob@example.com",
					name: "Bob",
					manager: false,
					presenter: false,
				},
			],
		});
		await person.chat.close();
	});

	it("are found by their whole name, letter case apart", async () => {
		const named = (browser: Browser, name: string) =>
			browser.ask("GET", `/api/rooms/named?name=${encodeURIComponent(name)}`);
		const found = await named(alice, "oPERATIONS");
		equal((found.json as { id: string }).id, operations);
		equal((await named(alice, "Oper")).status, 404);
		const secret = await named(alice, "Board");
		equal(secret.status, 404);
		equal(secret.text, (await named(alice, "No such room")).text);
		equal((await named(carol, "Board")).status, 200);
	});

	it("and people are found by a part of their name", async () => {
		const { json } = await alice.ask("GET", "/api/people?words=car");
		deepEqual(json, {
			people: [{ uri: "sip:carol@example.com", name: "Carol" }],
			groups: [],
			more: false,
		});
	});

	it("refuse what cannot be meant, with every fault named", async () => {
		for (const path of [
			"/api/rooms/not-a-guid",
			`/api/rooms/${lobby}/messages?count=0`,
			`/api/rooms/${lobby}/messages?count=1e9`,
			"/api/people?words=",
			"/api/rooms?privacy=hidden&x=1",
			`/api/rooms?words=${"a".repeat(501)}`,
		]) {
			const { status, json } = await alice.ask("GET", path);
			equal(status, 400, path);
			equal((json as { reason: string }).reason, "malformed");
		}
	});
});
