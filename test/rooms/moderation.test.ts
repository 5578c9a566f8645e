/** Deleting and replacing messages: whose, which, what is owed and what is told. */
import assert from "node:assert/strict";
import {
	defaultReplacement,
	type MessageSelection,
} from "../../plugin/rooms/moderation.ts";
import type { Actor, CategoryId, RoomId } from "../../plugin/rooms/types.ts";
import { refused } from "../contracts/samples.ts";
import {
	addCategory,
	type Domain,
	openDomain,
	operator,
	principalOf,
} from "../support/domain.ts";

describe("moderation", () => {
	let domain: Domain;
	let category: CategoryId;
	let alice: Actor;
	let bob: Actor;

	before("makes people and a category", async () => {
		let clock = Date.parse("2026-01-01T00:00:00Z");
		domain = await openDomain({ now: () => new Date(clock++) });
		alice = await domain.person("alice");
		bob = await domain.person("bob");
		category = (await addCategory(domain)).id;
	});
	after(() => domain.close());

	let count = 0;
	async function roomWith(
		texts: readonly string[],
		authors: readonly Actor[] = [alice],
	): Promise<RoomId> {
		count += 1;
		const { room } = await domain.rooms.createRoom(operator, {
			name: `Room ${count}`,
			category,
			privacy: "open",
		});
		for (const [index, text] of texts.entries()) {
			const author = authors[index % authors.length] ?? alice;
			const draft = { room: room.id, text, alert: false };
			await domain.rooms.post(author, draft);
		}
		return room.id;
	}

	const textsOf = async (room: RoomId) =>
		(await domain.rooms.history(alice, room, 500)).map(({ text }) => text);
	/** What was told and owed before is of no interest. */
	async function listen(): Promise<void> {
		domain.told();
		await domain.owed();
	}

	it("deletes by number: gone from history, owed whole, told once, and the numbers stay given", async () => {
		const room = await roomWith(["one", "two", "three"]);
		await listen();
		const selection = { room, sequences: [2, 3, 99] };
		assert.equal(await domain.rooms.deleteMessages(operator, selection), 2);
		assert.deepEqual(await textsOf(room), ["one"]);
		const [first, second] = await domain.owed();
		assert.ok(first?.type === "deleted" && second?.type === "deleted");
		assert.equal(first.message.text, "two");
		assert.equal(second.message.author.uri, alice.uri);
		assert.equal(first.actor.uri, operator.uri);
		assert.deepEqual(domain.told(), [
			{ type: "deleted", room, sequences: [2, 3] },
		]);
		const draft = { room, text: "four", alert: false };
		assert.equal((await domain.rooms.post(bob, draft)).sequence, 4);
	});

	it("replaces with the usual sentence, or with another, and says when and by whom", async () => {
		const room = await roomWith(["one", "two"]);
		await listen();
		await domain.rooms.replaceMessages(operator, { room, sequences: [1] });
		await domain.rooms.replaceMessages(
			operator,
			{ room, sequences: [2] },
			"gone\r\naway",
		);
		const [one, two] = await domain.store.messages.latest(room, 2);
		assert.equal(one?.text, defaultReplacement);
		assert.equal(two?.text, "gone\naway");
		assert.equal(two?.replaced?.by, operator.uri);
		assert.equal(two?.author.uri, alice.uri);
		const [event] = await domain.owed();
		assert.ok(event?.type === "replaced");
		assert.equal(event.message.text, "one");
		assert.equal(event.replacement, defaultReplacement);
		assert.deepEqual(domain.told().at(-1), {
			type: "replaced",
			room,
			sequences: [2],
			text: "gone\naway",
		});
	});

	it("passes over what reads so already, so that a run may be begun again", async () => {
		const room = await roomWith(["one", "two"]);
		const replace = () => domain.rooms.replaceMessages(operator, { room });
		assert.equal(await replace(), 2);
		await listen();
		assert.equal(await replace(), 0);
		assert.deepEqual(await domain.owed(), []);
		assert.deepEqual(domain.told(), []);
	});

	const meant: readonly [
		string,
		Omit<MessageSelection, "room" | "authors"> & { readonly ofBob?: true },
		readonly string[],
	][] = [
		["an author", { ofBob: true }, ["the bear", "クマが好き"]],
		[
			"a word",
			{ wording: { words: "bear", match: "all" } },
			["Beard and Bear", "the bear"],
		],
		[
			"a word in any letter case, and no part of a word",
			{ wording: { words: "BEARD", match: "all" } },
			["Beard and Bear"],
		],
		[
			"a word in just this letter case",
			{ wording: { words: "Bear", match: "all", caseCounts: true } },
			["Beard and Bear"],
		],
		[
			"any of several words",
			{ wording: { words: "beard the", match: "any" } },
			["Beard and Bear", "the bear"],
		],
		[
			"all of several words",
			{ wording: { words: "bear beard", match: "all" } },
			["Beard and Bear"],
		],
		[
			"a phrase",
			{ wording: { words: "and  bear", match: "phrase" } },
			["Beard and Bear"],
		],
		[
			"a word of a script without blanks",
			{ wording: { words: "マが", match: "all" } },
			["クマが好き"],
		],
	];
	for (const [what, { ofBob, ...selection }, expected] of meant) {
		it(`finds by ${what}`, async () => {
			const room = await roomWith(
				["Beard and Bear", "the bear", "unbearable", "クマが好き"],
				[alice, bob],
			);
			const whole = { ...selection, room, authors: ofBob && [bob.uri] };
			const before = await textsOf(room);
			const count = await domain.rooms.countMessages(operator, whole);
			assert.equal(count, expected.length);
			assert.deepEqual(await textsOf(room), before);
			await domain.rooms.deleteMessages(operator, whole);
			const left = await textsOf(room);
			assert.deepEqual(
				before.filter((text) => !left.includes(text)),
				expected,
			);
		});
	}

	it("finds by time: from then on, and before then", async () => {
		const room = await roomWith(["one", "two", "three", "four"]);
		const messages = await domain.store.messages.latest(room, 9);
		const [from, before] = [messages[1]?.postedAt, messages[3]?.postedAt];
		await domain.rooms.deleteMessages(operator, { room, from, before });
		assert.deepEqual(await textsOf(room), ["one", "four"]);
	});

	it("clears a room up to a date", async () => {
		const room = await roomWith(["one", "two", "three"]);
		const [, , third] = await domain.store.messages.latest(room, 9);
		assert.ok(third);
		const { postedAt } = third;
		assert.equal(await domain.rooms.clearRoom(operator, room, postedAt), 2);
		assert.deepEqual(await textsOf(room), ["three"]);
	});

	it("goes through all rooms when none is named, in batches, and says how far it is", async () => {
		const many = Array.from({ length: 230 }, (_, index) => `spam ${index}`);
		const rooms = [await roomWith(many), await roomWith(["spam", "ham"])];
		const steps: number[] = [];
		const wording = { words: "spam", match: "all" } as const;
		await listen();
		const done = await domain.rooms.deleteMessages(
			operator,
			{ wording },
			({ done }) => {
				steps.push(done);
			},
		);
		assert.equal(done, 231);
		assert.equal(steps.at(-1), 231);
		assert.ok(steps.length >= 4);
		const sizes = domain
			.told()
			.map((event) => (event.type === "deleted" ? event.sequences.length : 0));
		assert.deepEqual(sizes.sort(), [1, 100, 100, 30].sort());
		const [large, small] = rooms;
		assert.ok(large && small);
		assert.deepEqual(await textsOf(large), []);
		assert.deepEqual(await textsOf(small), ["ham"]);
	});

	it("keeps to a category, also when a room leaves it meanwhile", async () => {
		const other = (await addCategory(domain)).id;
		const stays = await roomWith(["one"]);
		const many = Array.from({ length: 150 }, (_, index) => `${index}`);
		const moved = await roomWith(many);
		const properties = { category: other };
		for (const room of [moved, await roomWith(["two"])]) {
			await domain.rooms.changeRoom(operator, room, { properties });
		}
		const done = await domain.rooms.deleteMessages(
			operator,
			{ category: other },
			async () => {
				const properties = { category };
				await domain.rooms.changeRoom(operator, moved, { properties });
			},
		);
		const left = (await textsOf(moved)).length;
		assert.equal(done, left === 50 ? 101 : 1);
		assert.ok(left === 50 || left === 150);
		assert.deepEqual(await textsOf(stays), ["one"]);
		const nowhere = "00000000-0000-4000-8000-00000000dead" as CategoryId;
		await refused(
			"no-such-category",
			domain.rooms.deleteMessages(operator, { category: nowhere }),
		);
		await refused(
			"malformed",
			domain.rooms.deleteMessages(operator, { category, room: stays }),
		);
	});

	it("is for administrators only, in the same words whether the room exists or not", async () => {
		const room = await roomWith(["one"]);
		const nowhere = "00000000-0000-4000-8000-00000000dead" as RoomId;
		const words = new Set<string>();
		for (const selection of [{ room }, { room: nowhere }]) {
			for (const attempt of [
				domain.rooms.countMessages(alice, selection),
				domain.rooms.deleteMessages(alice, selection),
				domain.rooms.replaceMessages(alice, selection),
				domain.rooms.clearRoom(alice, selection.room, new Date()),
			]) {
				words.add((await refused("forbidden", attempt)).message);
			}
		}
		assert.equal(words.size, 1);
		assert.deepEqual(await textsOf(room), ["one"]);
	});

	it("stops when its administrator is none any more", async () => {
		const room = await roomWith(
			Array.from({ length: 150 }, (_, index) => `${index}`),
		);
		const carol = await domain.person("carol");
		await domain.rooms.setAdministrators(operator, [principalOf(carol)]);
		await refused(
			"forbidden",
			domain.rooms.deleteMessages(carol, { room }, () =>
				domain.rooms.setAdministrators(operator, []),
			),
		);
		assert.equal((await textsOf(room)).length, 50);
	});

	it("refuses a selection that says nothing, numbers without a room, and unfit replacements", async () => {
		const room = await roomWith(["one"]);
		const { rooms } = domain;
		const wording = { words: " ?! ", match: "any" } as const;
		await refused("malformed", rooms.deleteMessages(operator, {}));
		await refused(
			"malformed",
			rooms.deleteMessages(operator, { sequences: [1] }),
		);
		await refused("malformed", rooms.countMessages(operator, { wording }));
		const long = { words: "x ".repeat(30), match: "any" } as const;
		await refused(
			"too-large",
			rooms.countMessages(operator, { wording: long }),
		);
		for (const text of ["", " \n", "ring \u0007"]) {
			await refused(
				"malformed",
				rooms.replaceMessages(operator, { room }, text),
			);
		}
		const tooLong = rooms.replaceMessages(operator, { room }, "ü".repeat(501));
		await refused("too-large", tooLong);
		await rooms.replaceMessages(operator, { room }, "ü".repeat(500));
		assert.deepEqual(await textsOf(room), ["ü".repeat(500)]);
	});

	it("does not look at what is posted while it runs", async () => {
		const room = await roomWith(
			Array.from({ length: 150 }, (_, at) => `${at}`),
		);
		let posted = false;
		const done = await domain.rooms.deleteMessages(
			operator,
			{ room },
			async () => {
				if (posted) return;
				posted = true;
				await domain.rooms.post(bob, { room, text: "late", alert: false });
			},
		);
		assert.equal(done, 150);
		assert.deepEqual(await textsOf(room), ["late"]);
	});
});

describe("moderation of what changes meanwhile", () => {
	let domain: Domain;
	let beforeLock: (() => Promise<unknown>) | undefined;

	before(async () => {
		domain = await openDomain({
			through: (store) => ({
				...store,
				async transaction(work) {
					const happening = beforeLock;
					beforeLock = undefined;
					await happening?.();
					return store.transaction(work);
				},
			}),
		});
	});
	after(() => domain.close());

	it("leaves what does not fit any more once the room is locked, and neither counts, owes nor tells it", async () => {
		const alice = await domain.person("alice");
		const { room } = await domain.rooms.createRoom(operator, {
			name: "Meanwhile",
			category: (await addCategory(domain)).id,
			privacy: "open",
		});
		for (const text of ["the bear", "a bear", "the bull"]) {
			await domain.rooms.post(alice, { room: room.id, text, alert: false });
		}
		await domain.owed();
		domain.told();
		beforeLock = () =>
			domain.rooms.replaceMessages(
				operator,
				{ room: room.id, sequences: [2] },
				"a bull",
			);
		const done = await domain.rooms.deleteMessages(operator, {
			room: room.id,
			wording: { words: "bear", match: "all" },
		});
		assert.equal(done, 1);
		const left = await domain.rooms.history(alice, room.id, 10);
		assert.deepEqual(
			left.map(({ text }) => text),
			["a bull", "the bull"],
		);
		const removed = (await domain.owed()).flatMap((event) =>
			event.type === "deleted" ? [event.message.text] : [],
		);
		assert.deepEqual(removed, ["the bear"]);
		assert.deepEqual(domain.told().at(-1), {
			type: "deleted",
			room: room.id,
			sequences: [1],
		});
	});
});
