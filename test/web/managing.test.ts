/** Making and changing rooms over HTTP, as a page does. */
import { deepEqual, equal, match } from "node:assert/strict";
import type { CategoryId, Principal } from "../../plugin/rooms/types.ts";
import { rooms } from "../support/people.ts";
import { type Browser, type Site, startSite } from "./site.ts";

const category = "00000000-0000-4000-8000-00000000c001" as CategoryId;
const guid = (uri: string) => uri.split("/").at(-1) ?? "";
const operations = `/api/rooms/${guid(rooms.operations)}`;
const board = `/api/rooms/${guid(rooms.board)}`;
const carolUri = "sip:carol@example.com";

interface Seen {
	readonly id: string;
	readonly name: string;
	readonly privacy: string;
	readonly description: string;
	readonly updatedAt: string;
	readonly roles: Readonly<
		Record<string, readonly { readonly principal: string }[]>
	>;
}

describe("managing rooms over HTTP", () => {
	let site: Site;
	let alice: Browser;
	let bob: Browser;
	before(async () => {
		site = await startSite();
		await site.node.store.transaction(async (tx) => {
			await tx.categories.change(category, {
				creators: ["sip:bob@example.com" as Principal],
			});
		});
		alice = await site.signedIn("alice");
		bob = await site.signedIn("bob");
	});
	after(() => site.close());

	const read = async () => (await bob.ask("GET", operations)).json as Seen;
	const principals = ({ roles }: Seen, role: string) =>
		(roles[role] ?? []).map(({ principal }) => principal);

	it("is for those who may make rooms, where they may", async () => {
		const { json } = await bob.ask("GET", "/api/categories/creatable");
		deepEqual(
			(json as { categories: readonly { id: string }[] }).categories.map(
				({ id }) => id,
			),
			[category],
		);
		const body = { name: "Night shift", category };
		equal((await alice.ask("POST", "/api/rooms", { body })).status, 403);
		const made = await bob.ask("POST", "/api/rooms", { body });
		equal(made.status, 201, made.text);
		const room = made.json as Seen;
		equal(room.privacy, "closed");
		deepEqual(principals(room, "manager"), ["sip:bob@example.com"]);
		const again = await bob.ask("POST", "/api/rooms", { body });
		equal(again.status, 409);
		match(again.text, /name-taken/);
	});

	it("changes what is named, and leaves the rest", async () => {
		const { updatedAt } = await read();
		const { status, json, text } = await bob.ask("PATCH", operations, {
			body: {
				properties: { description: "Notes of all shifts" },
				roles: { member: { add: [carolUri] } },
				readAt: updatedAt,
			},
		});
		equal(status, 200, text);
		const changed = json as Seen;
		equal(changed.name, "Operations");
		equal(changed.description, "Notes of all shifts");
		equal(principals(changed, "member").includes(carolUri), true);
		equal(
			principals(changed, "member").includes("sip:alice@example.com"),
			true,
		);
	});

	it("does not undo what was changed since it was read", async () => {
		const { updatedAt } = await read();
		const body = (description: string) => ({
			properties: { description },
			readAt: updatedAt,
		});
		const first = await bob.ask("PATCH", operations, { body: body("one") });
		equal(first.status, 200);
		const second = await bob.ask("PATCH", operations, { body: body("two") });
		equal(second.status, 409);
		equal((await read()).description, "one");
		const blind = await bob.ask("PATCH", operations, {
			body: { properties: { description: "three" } },
		});
		equal(blind.status, 400);
	});

	it("says beforehand who would lose what, and changes nothing by it", async () => {
		const before = await read();
		const { status, json } = await bob.ask("POST", `${operations}/preview`, {
			body: { roles: { member: { remove: ["sip:alice@example.com"] } } },
		});
		equal(status, 200);
		deepEqual(
			(
				json as {
					losses: readonly { principal: string; name: string; was: unknown }[];
				}
			).losses.map(({ principal, name, was }) => [principal, name, was]),
			[["sip:alice@example.com", "Alice", ["member"]]],
		);
		deepEqual(await read(), before);
	});

	it("lists whom one could let in", async () => {
		for (const path of [
			`${operations}/eligible`,
			`/api/categories/${category}/eligible`,
		]) {
			const { json } = await bob.ask("GET", path);
			deepEqual(
				(json as { people: readonly { name: string }[] }).people.map(
					({ name }) => name,
				),
				["Alice", "Bob", "Carol", "Dave"],
			);
		}
	});

	it("is refused to who does not manage the room; of a secret one he learns nothing", async () => {
		const body = { properties: { description: "mine" }, readAt: new Date() };
		for (const [method, path, sent] of [
			["PATCH", "", body],
			["POST", "/preview", { properties: body.properties }],
			["GET", "/eligible", undefined],
		] as const) {
			const asking = sent === undefined ? {} : { body: sent };
			const known = await alice.ask(method, operations + path, asking);
			equal(known.status, 403, `${method} ${path}`);
			const secret = await alice.ask(method, board + path, asking);
			const none = await alice.ask(
				method,
				`/api/rooms/00000000-0000-4000-8000-0000000000ff${path}`,
				asking,
			);
			equal(secret.status, 404);
			equal(secret.text, none.text);
		}
	});

	it("refuses what cannot be meant", async () => {
		const { updatedAt: readAt } = await read();
		for (const body of [
			{ readAt, properties: { privacy: "hidden" } },
			{ readAt, properties: { nme: "x" } },
			{ readAt, properties: { name: " blank " } },
			{
				readAt,
				properties: { addIn: { name: "x", url: "javascript:alert(1)" } },
			},
			{ readAt, roles: { member: { set: ["mallory"] } } },
			{ readAt, roles: { member: { set: [], add: [] } } },
			{ readAt: "yesterday" },
			[],
		]) {
			const { status } = await bob.ask("PATCH", operations, { body });
			equal(status, 400, JSON.stringify(body));
		}
	});
});
