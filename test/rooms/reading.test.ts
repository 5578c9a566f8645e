/** Searching messages and rooms, and reading back: what is shown to whom, what it gives away, and what is owed for it. */
import assert from "node:assert/strict";
import type {
	HistoryWindow,
	MessageSearchRequest,
	RoomSearchRequest,
} from "../../plugin/rooms/index.ts";
import type {
	Actor,
	CategoryId,
	Privacy,
	RoomId,
} from "../../plugin/rooms/types.ts";
import { refused } from "../contracts/samples.ts";
import {
	addCategory,
	type Domain,
	openDomain,
	operator,
	principalOf,
} from "../support/domain.ts";

describe("reading", () => {
	let domain: Domain;
	let category: CategoryId;
	let alice: Actor;
	let bob: Actor;
	const minuteMs = 60_000;
	const start = Date.parse("2026-01-01T00:00:00Z");
	let minutes = 0;

	before("makes people and a category", async () => {
		domain = await openDomain({
			now: () => new Date(start + minutes * minuteMs),
		});
		alice = await domain.person("alice");
		bob = await domain.person("bob");
		category = (await addCategory(domain)).id;
	});
	after(() => domain.close());

	interface Described {
		readonly name: string;
		readonly description?: string;
		readonly privacy?: Privacy;
		readonly members?: readonly Actor[];
		readonly managers?: readonly Actor[];
		readonly category?: CategoryId;
	}

	async function addRoom(described: Described): Promise<RoomId> {
		const { members = [], managers = [], ...properties } = described;
		const { room } = await domain.rooms.createRoom(operator, {
			category,
			privacy: "open",
			...properties,
			roles: {
				member: members.map(principalOf),
				manager: managers.map(principalOf),
			},
		});
		return room.id;
	}

	async function say(
		room: RoomId,
		author: Actor,
		...texts: readonly string[]
	): Promise<void> {
		for (const text of texts) {
			minutes += 1;
			await domain.rooms.post(author, { room, text, alert: false });
		}
	}

	const words = (text: string): MessageSearchRequest => ({
		wording: { words: text, match: "all" },
	});
	const search = async (actor: Actor, request: MessageSearchRequest) => {
		const found = await domain.rooms.searchMessages(actor, request);
		return found.rooms.map(({ room, messages, total }) => [
			room.name,
			messages.map(({ text }) => text),
			total,
		]);
	};

	describe("messages by their words", () => {
		it("are looked for in the rooms that one is a member of, unless rooms are named", async () => {
			const own = await addRoom({
				name: "Own",
				privacy: "closed",
				members: [alice, bob],
			});
			const open = await addRoom({ name: "Open to all" });
			await say(own, bob, "walrus in own");
			await say(open, bob, "walrus in open");
			assert.deepEqual(await search(alice, words("walrus")), [
				["Own", ["walrus in own"], 1],
			]);
			assert.deepEqual(
				await search(alice, { ...words("walrus"), rooms: [open, own] }),
				[
					["Open to all", ["walrus in open"], 1],
					["Own", ["walrus in own"], 1],
				],
			);
		});

		it("of rooms that one may not read are in no result and no total, whoever asks", async () => {
			const seen = await addRoom({ name: "Seen" });
			const closed = await addRoom({
				name: "Closed",
				privacy: "closed",
				members: [bob],
				managers: [alice],
			});
			const secret = await addRoom({
				name: "Secret",
				privacy: "secret",
				members: [bob],
			});
			const disabled = await addRoom({ name: "Disabled", members: [alice] });
			for (const room of [seen, closed, secret, disabled]) {
				await say(room, bob, "heron");
			}
			await domain.rooms.changeRoom(operator, disabled, {
				properties: { disabled: true },
			});
			const nowhere = "00000000-0000-4000-8000-0000000000ff" as RoomId;
			const rooms = [secret, nowhere, closed, disabled, seen];
			const found = await domain.rooms.searchMessages(alice, {
				...words("heron"),
				rooms,
			});
			assert.deepEqual(
				found.rooms.map(({ room, total }) => [room.name, total]),
				[["Seen", 1]],
			);
			assert.equal(found.cut, false);
			assert.deepEqual(await search(alice, words("heron")), []);
			const alone = (actor: Actor, room: RoomId) =>
				domain.rooms.searchMessages(actor, {
					...words("heron"),
					rooms: [room],
				});
			const hidden = await refused("no-such-room", alone(alice, secret));
			const absent = await refused("no-such-room", alone(alice, nowhere));
			assert.equal(hidden.message, absent.message);
			await refused("forbidden", alone(alice, closed));
			await refused("room-disabled", alone(alice, disabled));
			// An administrator sees the room, and reads it as a member only.
			await refused("forbidden", alone(operator, secret));
		});

		it("of a category without history are neither found nor read back", async () => {
			const { id } = await addCategory(domain, { history: false });
			const room = await addRoom({ name: "Live only", category: id });
			await say(room, alice, "ibis");
			assert.deepEqual(
				await search(alice, { ...words("ibis"), rooms: [room] }),
				[["Live only", [], 0]],
			);
			assert.deepEqual(await search(alice, { rooms: [room] }), [
				["Live only", [], 0],
			]);
			for (const type of ["before", "after", "around"] as const) {
				const window = { type, sequence: 1, count: 9 };
				assert.deepEqual(await domain.rooms.history(alice, room, window), []);
			}
		});

		it("that are asked for are owed to compliance, room by room, with what was asked and what was shown", async () => {
			const one = await addRoom({ name: "First" });
			const two = await addRoom({ name: "Second" });
			const three = await addRoom({ name: "Third" });
			await say(one, bob, "quail", "quail");
			await say(two, bob, "quail");
			await say(three, bob, "nothing");
			await domain.owed();
			const rooms = [one, two, three];
			await domain.rooms.searchMessages(alice, { ...words("quail"), rooms });
			await domain.rooms.searchMessages(alice, { rooms: [three] });
			const owed = await domain.owed();
			assert.deepEqual(
				owed.map((event) => [
					event.type,
					event.actor.uri,
					"room" in event && event.room.name,
					"count" in event && event.count,
					event.type === "searched" && event.words,
				]),
				[
					["searched", alice.uri, "First", 2, "quail"],
					["searched", alice.uri, "Second", 1, "quail"],
					["searched", alice.uri, "Third", 0, "quail"],
					["viewed", alice.uri, "Third", 1, false],
				],
			);
			const asked = owed.map((event) => "asked" in event && event.asked);
			const search = {
				...(asked[0] as object),
				rooms: "named",
				roomCount: 3,
				...words("quail").wording,
				newestFirst: true,
				count: 25,
			};
			assert.deepEqual(asked, [
				...[search, search, search],
				{ window: "dates", newestFirst: true, count: 25 },
			]);
			const shown = owed.map((e) => e.type === "searched" && e.sequences);
			assert.deepEqual(shown, [[2, 1], [1], [], false]);
		});

		it("are refused to whoever asks too much", async () => {
			const ask = (request: MessageSearchRequest) =>
				domain.rooms.searchMessages(alice, request);
			const many = (count: number, text: string) =>
				Array.from({ length: count }, (_, index) => `${text}${index}`);
			await refused("too-large", ask(words(many(21, "w").join(" "))));
			await refused("too-large", ask(words("w".repeat(1_001))));
			await refused("too-large", ask({ rooms: many(201, "r") as RoomId[] }));
			await refused(
				"too-large",
				ask({ authors: many(21, "sip:") as Actor["uri"][] }),
			);
			await refused("malformed", ask(words("?!")));
			await refused("malformed", ask({ start: 1 }));
			await refused("malformed", ask({ limitPerRoom: 0 }));
		});
	});

	describe("history", () => {
		const read = async (room: RoomId, window: HistoryWindow) =>
			(await domain.rooms.history(alice, room, window)).map(({ text }) => text);

		it("is the last messages, those around, before or after one, or those of some time, oldest first", async () => {
			const room = await addRoom({ name: "Long" });
			minutes = 1_000;
			await say(room, alice, "1", "2", "3", "4", "5", "6", "7");
			await domain.rooms.deleteMessages(operator, { room, sequences: [4] });
			const at = (minute: number) => new Date(start + minute * minuteMs);
			const windows: readonly (readonly [HistoryWindow, string])[] = [
				[{ type: "last", count: 2 }, "67"],
				[{ type: "around", sequence: 3, count: 3 }, "235"],
				[{ type: "around", sequence: 4, count: 4 }, "2356"],
				[{ type: "around", sequence: 1, count: 3 }, "123"],
				[{ type: "before", sequence: 6, count: 2 }, "35"],
				[{ type: "after", sequence: 3, count: 2 }, "56"],
				[{ type: "after", sequence: 7, count: 2 }, ""],
				[
					{
						type: "dates",
						from: at(1_002),
						to: at(1_005),
						newest: true,
						count: 9,
					},
					"235",
				],
				[{ type: "dates", from: at(1_002), newest: false, count: 2 }, "23"],
				[{ type: "dates", to: at(1_005), newest: true, count: 2 }, "35"],
			];
			for (const [window, expected] of windows) {
				assert.equal(
					(await read(room, window)).join(""),
					expected,
					JSON.stringify(window),
				);
			}
		});
	});

	describe("rooms", () => {
		const names = async (actor: Actor, request: RoomSearchRequest) =>
			(await domain.rooms.search(actor, request)).map(({ room }) => room.name);

		it("are found by all words, any word, and words in a row", async () => {
			await addRoom({ name: "Kite north wing" });
			await addRoom({ name: "Kite wing north" });
			await addRoom({ name: "Plain", description: "a kite" });
			const criteria = "north wing";
			assert.deepEqual(await names(alice, { criteria }), [
				"Kite north wing",
				"Kite wing north",
			]);
			assert.deepEqual(await names(alice, { criteria, match: "phrase" }), [
				"Kite north wing",
			]);
			assert.deepEqual(
				await names(alice, {
					criteria: "kite plain",
					match: "any",
					limit: 2,
				}),
				["Kite north wing", "Kite wing north"],
			);
		});

		it("are looked for by at most 20 words, and 1,000 characters", async () => {
			await names(alice, { criteria: "k ".repeat(20) });
			await names(alice, { criteria: "k".repeat(1_000) });
			await refused("too-large", names(alice, { criteria: "k ".repeat(21) }));
			await refused("too-large", names(alice, { criteria: "k".repeat(1_001) }));
		});

		it("are found by who is in them; of secret rooms only by who manages them, or of oneself", async () => {
			const carol = await domain.person("carol");
			const dave = await domain.person("dave");
			await addRoom({
				name: "Members known",
				privacy: "closed",
				members: [carol],
			});
			await addRoom({
				name: "Members hidden",
				privacy: "secret",
				members: [carol, dave],
				managers: [alice],
			});
			const member = carol.uri;
			assert.deepEqual(await names(bob, { member }), ["Members known"]);
			assert.deepEqual(await names(dave, { member }), ["Members known"]);
			const both = ["Members hidden", "Members known"];
			assert.deepEqual(await names(carol, { member }), both);
			assert.deepEqual(await names(alice, { member }), both);
			assert.deepEqual(await names(operator, { member }), both);
			assert.deepEqual(await names(dave, { manager: alice.uri }), [
				...(await names(bob, { manager: alice.uri })),
			]);
			const nobody = "sip:nobody@elsewhere.example" as Actor["uri"];
			assert.deepEqual(await names(alice, { member: nobody }), []);
		});

		it("are found by what they are", async () => {
			const { id } = await addCategory(domain);
			await addRoom({ name: "Here open", category: id });
			const closed = await addRoom({
				name: "Here closed",
				category: id,
				privacy: "closed",
				managers: [alice],
			});
			await domain.rooms.changeRoom(operator, closed, {
				properties: {
					type: "auditorium",
					invitations: "off",
					addIn: { name: "Board", url: "https://example.com/" },
				},
			});
			const here = { category: id };
			assert.deepEqual(await names(bob, here), ["Here closed", "Here open"]);
			for (const request of [
				{ privacy: "closed" },
				{ type: "auditorium" },
				{ invitations: "off" },
				{ addIn: "Board" },
			] as const) {
				assert.deepEqual(await names(bob, { ...here, ...request }), [
					"Here closed",
				]);
			}
			await domain.rooms.changeRoom(operator, closed, {
				properties: { disabled: true },
			});
			const disabled = { ...here, disabled: true };
			assert.deepEqual(await names(alice, disabled), ["Here closed"]);
			assert.deepEqual(await names(bob, disabled), []);
		});
	});
});
