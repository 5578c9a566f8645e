/** The store's contract: messages are found by words as a plain look at every text would find them. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import fc from "fast-check";
import type { Actor, Room, RoomId } from "../../plugin/rooms/types.ts";
import type { MessageQuery, MessagesFound } from "../../plugin/store/index.ts";
import { addToIndex } from "../../plugin/store/message-index.ts";
import { insertAll } from "../../plugin/store/rows.ts";
import {
	addRoom,
	alice,
	draft,
	kept,
	type StoreUnderTest,
	someTime,
	uri,
} from "./samples.ts";

const bob: Actor = { ...alice, uri: uri("bob"), displayName: "Bob" };

type Asked = Partial<Omit<MessageQuery, "rooms">>;

/** Text, author, minutes after `someTime`. */
type Said = readonly [text: string, author?: Actor, minutes?: number];

export function messageSearchContract(current: () => StoreUnderTest): void {
	const say = async (room: RoomId, said: readonly Said[]) => {
		await current().store.transaction(async (tx) => {
			const locked = await tx.rooms.lock(room);
			for (const [text, author = alice, minutes = 0] of said) {
				const at = new Date(someTime.getTime() + minutes * 60_000);
				await tx.messages.append(locked, author, draft(room, text), at);
			}
		});
		return kept(await current().store.rooms.find(room));
	};
	const roomSaying = async (...said: readonly (Said | string)[]) => {
		const { id } = await addRoom(current().store);
		return say(
			id,
			said.map((each) => (typeof each === "string" ? [each] : each)),
		);
	};
	/** Of its messages there are only these, by sequence: each by bob, and as many minutes after `someTime`. */
	const longRoom = async (
		lastSequence: number,
		texts: Readonly<Record<number, string>>,
	): Promise<Room> => {
		const { store, knex } = current();
		const room = await addRoom(store);
		const said = Object.entries(texts).map(([sequence, text]) => ({
			room: room.id,
			sequence: Number(sequence),
			author: bob.uri,
			text,
		}));
		const rows = said.map(({ sequence, text }) => ({
			room_id: room.id,
			sequence,
			author_uri: bob.uri,
			author_name: "Bob",
			posted_at: minutesLater(sequence).getTime(),
			alert: false,
			text,
		}));
		await knex.transaction(async (tx) => {
			await insertAll(tx, "messages", rows);
			await addToIndex(tx, said);
		});
		return { ...room, lastSequence };
	};
	const ask = (rooms: readonly Room[], asked: Asked) =>
		current().store.messageSearch.search({
			rooms,
			phrases: [],
			match: "all",
			matchCase: false,
			newestFirst: true,
			limitPerRoom: 100,
			limit: 100,
			...asked,
		});
	const numbers = async (room: Room, asked: Asked) => {
		const { rooms } = await ask([room], asked);
		return rooms.flatMap(({ messages }) =>
			messages.map(({ sequence }) => sequence),
		);
	};

	describe("message search", () => {
		it("finds all of the words, any of them, and words in a row", async () => {
			const room = await roomSaying(
				"The red fox",
				"a fox, red",
				"RED!",
				"foxes",
				"red… FOX",
			);
			const phrases = ["red", "fox"];
			assert.deepEqual(await numbers(room, { phrases }), [5, 2, 1]);
			assert.deepEqual(
				await numbers(room, { phrases, match: "any" }),
				[5, 3, 2, 1],
			);
			assert.deepEqual(await numbers(room, { phrases: ["red fox"] }), [5, 1]);
			assert.deepEqual(
				await numbers(room, { phrases: ["red fox"], matchCase: true }),
				[1],
			);
			assert.deepEqual(
				await numbers(room, { phrases: ["foxes", "red fox"], match: "any" }),
				[5, 4, 1],
			);
		});

		it("finds two characters inside Chinese, Japanese and Korean text", async () => {
			const room = await roomSaying(
				"明天下午会议室开会",
				"会 议",
				"議会は東京タワーで",
				"한국어를 배워요",
				"ﾀﾜｰ",
				"会室",
			);
			const found = (phrase: string) => numbers(room, { phrases: [phrase] });
			assert.deepEqual(await found("会议"), [2, 1]);
			assert.deepEqual(await found("会"), [6, 3, 2, 1]);
			assert.deepEqual(await found("会议室"), [1]);
			assert.deepEqual(await found("タワー"), [5, 3]);
			assert.deepEqual(await found("국어"), [4]);
			assert.deepEqual(await found("议会"), []);
		});

		it("finds words of every length, stopwords, and what looks like the language of a database", async () => {
			const room = await roomSaying(
				"a",
				"to be or not to be",
				"+foo -bar* ~baz <(x)> @3",
				'"AND" OR NOT NEAR(a)',
				`${"x".repeat(200)} Straße ΟΔΟΣ`,
				"don't",
			);
			const found = (phrase: string) => numbers(room, { phrases: [phrase] });
			assert.deepEqual(await found("a"), [4, 1]);
			assert.deepEqual(await found("or"), [4, 2]);
			assert.deepEqual(await found("not to be"), [2]);
			assert.deepEqual(await found("bar* ~baz"), [3]);
			assert.deepEqual(await found('x")'), [3]);
			assert.deepEqual(await found("x".repeat(200)), [5]);
			assert.deepEqual(await found("x".repeat(199)), []);
			assert.deepEqual(await found("οδος"), [5]);
			assert.deepEqual(await found("STRAßE"), [5]);
			assert.deepEqual(await found("don't"), [6]);
			assert.deepEqual(await found("nothing' OR '1'='1"), []);
		});

		it("goes by authors and dates, with words and without", async () => {
			const room = await roomSaying(
				["tea", alice, 0],
				["tea", bob, 10],
				["coffee", bob, 20],
				["tea", alice, 30],
			);
			const minute = (count: number) =>
				new Date(someTime.getTime() + count * 60_000);
			assert.deepEqual(await numbers(room, { authors: [bob.uri] }), [3, 2]);
			assert.deepEqual(
				await numbers(room, { phrases: ["tea"], authors: [bob.uri] }),
				[2],
			);
			assert.deepEqual(
				await numbers(room, {
					phrases: ["tea"],
					authors: [bob.uri, alice.uri],
					from: minute(10),
				}),
				[4, 2],
			);
			assert.deepEqual(
				await numbers(room, { from: minute(10), to: minute(20) }),
				[3, 2],
			);
			assert.deepEqual(
				await numbers(room, { phrases: ["tea"], to: minute(9) }),
				[1],
			);
			assert.deepEqual(await numbers(room, { from: minute(31) }), []);
			assert.deepEqual(await numbers(room, { authors: [] }), []);
		});

		it("goes on from a message, to newer ones or to older ones", async () => {
			const room = await roomSaying("x 1", "y", "x 3", "x 4", "x 5");
			const phrases = ["x"];
			assert.deepEqual(await numbers(room, { phrases, start: 4 }), [3, 1]);
			assert.deepEqual(
				await numbers(room, { phrases, start: 3, newestFirst: false }),
				[4, 5],
			);
			assert.deepEqual(await numbers(room, { start: 3 }), [2, 1]);
			assert.deepEqual(
				await numbers(room, { newestFirst: false, limit: 2, start: 1 }),
				[2, 3],
			);
		});

		it("looks only into the rooms that it is asked about, each within its limit", async () => {
			const rooms = [
				await roomSaying("pear", "pear", "pear"),
				await roomSaying("apple"),
				await roomSaying("pear", "apple pear"),
				await roomSaying("pear"),
			];
			const [one, two, three] = rooms as [Room, Room, Room];
			const phrases = ["pear"];
			const shape = async (asked: Asked) => {
				const found = await ask([three, two, one], { phrases, ...asked });
				return [
					...found.rooms.map(({ room, messages, total, more }) => [
						[one, two, three].findIndex(({ id }) => id === room) + 1,
						messages.map(({ sequence }) => sequence),
						total,
						more,
					]),
					found.cut,
				];
			};
			assert.deepEqual(await shape({}), [
				[3, [2, 1], 2, false],
				[1, [3, 2, 1], 3, false],
				false,
			]);
			assert.deepEqual(await shape({ limitPerRoom: 2 }), [
				[3, [2, 1], 2, false],
				[1, [3, 2], 3, false],
				true,
			]);
			assert.deepEqual(await shape({ limit: 3 }), [
				[3, [2, 1], 2, false],
				[1, [3], 3, false],
				true,
			]);
		});

		it("counts exactly up to 200 in a room, then says that there are more", async () => {
			const said = Array.from({ length: 200 }, (_, index) => `many ${index}`);
			const room = await roomSaying(...said);
			const counts = async (asked: Room) => {
				const { rooms, cut } = await ask([asked], {
					phrases: ["many"],
					limitPerRoom: 2,
				});
				return rooms.map(({ total, more }) => [total, more, cut]);
			};
			assert.deepEqual(await counts(room), [[200, false, true]]);
			const larger = await say(room.id, [["many of them"]]);
			assert.deepEqual(await counts(larger), [[200, true, true]]);
		});

		it("does not find what was deleted, nor what a replaced message had said", async () => {
			const { store } = current();
			const room = await roomSaying("secret plan", "secret plan", "plan");
			await store.transaction(async (tx) => {
				await tx.rooms.lock(room.id);
				await tx.messages.remove(room.id, [1]);
				await tx.messages.replace(room.id, [2], {
					text: "removed by the moderator",
					by: "root",
					at: someTime,
				});
			});
			assert.deepEqual(await numbers(room, { phrases: ["secret"] }), []);
			assert.deepEqual(await numbers(room, { phrases: ["plan"] }), [3]);
			assert.deepEqual(await numbers(room, { phrases: ["moderator"] }), [2]);
			assert.deepEqual(await numbers(room, { authors: [alice.uri] }), [3, 2]);
		});

		it("does not find what its transaction took back, nor what was in a removed room", async () => {
			const { store } = current();
			const room = await roomSaying("kept");
			await assert.rejects(
				store.transaction(async (tx) => {
					const locked = await tx.rooms.lock(room.id);
					await tx.messages.append(
						locked,
						alice,
						draft(room.id, "kept back"),
						someTime,
					);
					throw new Error("no");
				}),
				/^Error: no$/,
			);
			assert.deepEqual(await numbers(room, { phrases: ["kept"] }), [1]);
			await store.transaction(async (tx) => {
				await tx.rooms.lock(room.id);
				await tx.rooms.remove(room.id);
			});
			assert.deepEqual(await numbers(room, { phrases: ["kept"] }), []);
		});

		it("finds what is rare in long rooms and in many, each once, from either end", async () => {
			const places = [
				1, 2_048, 2_049, 32_768, 32_769, 65_536, 65_537, 99_000, 100_000,
			];
			const rooms = [
				await longRoom(100_000, Object.fromEntries(places.map(saying("pear")))),
				await longRoom(300, { 7: "pear" }),
				await longRoom(70_000, {
					2: "pear",
					40000: "apple",
					69999: "pear",
				}),
			];
			const found = (asked: Asked) =>
				ask(rooms, { phrases: ["pear"], ...asked }).then(sequencesOf);
			assert.deepEqual(await found({}), [
				places.toReversed(),
				[7],
				[69_999, 2],
			]);
			assert.deepEqual(await found({ newestFirst: false }), [
				places,
				[7],
				[2, 69_999],
			]);
			const [long] = rooms as [Room];
			const alone = (asked: Asked) =>
				numbers(long, { phrases: ["pear"], ...asked });
			assert.deepEqual(
				await alone({ start: 32_769 }),
				[32_768, 2_049, 2_048, 1],
			);
			assert.deepEqual(
				await alone({ start: 32_769, newestFirst: false }),
				[65_536, 65_537, 99_000, 100_000],
			);
		});

		it("goes by dates in many long rooms, also where nothing is so old or so new", async () => {
			const rooms = [
				await longRoom(100_000, {
					10: "pear",
					50000: "pear",
					50001: "pear",
					99999: "pear",
				}),
				await longRoom(60_000, { 1: "pear", 60000: "pear" }),
				await longRoom(10_000, { 5: "pear", 9000: "pear" }),
				await longRoom(90_000, { 45000: "apple", 55000: "pear" }),
			];
			const found = (from: number, to: number) =>
				ask(rooms, {
					phrases: ["pear"],
					from: minutesLater(from),
					to: minutesLater(to),
				}).then(sequencesOf);
			assert.deepEqual(await found(50_001, 60_000), [
				[50_001],
				[60_000],
				[55_000],
			]);
			assert.deepEqual(await found(0, 10), [[10], [1], [5]]);
			assert.deepEqual(await found(99_999, 200_000), [[99_999]]);
			assert.deepEqual(await found(100_000, 200_000), []);
		});

		it("counts in each of many rooms when all of them have much in one place", async () => {
			const much = Object.fromEntries(
				Array.from({ length: 250 }, (_, index) => index + 1).map(
					saying("pear"),
				),
			);
			for (const lastSequence of [300, 60_000]) {
				const rooms = [
					await longRoom(lastSequence, much),
					await longRoom(lastSequence, much),
					await longRoom(lastSequence, much),
				];
				const { rooms: found, cut } = await ask(rooms, {
					phrases: ["pear"],
					limit: 1_000,
					limitPerRoom: 3,
				});
				assert.deepEqual(
					found.map(({ room, messages, total, more }) => [
						rooms.findIndex(({ id }) => id === room),
						messages.map(({ sequence }) => sequence),
						total,
						more,
					]),
					[0, 1, 2].map((room) => [room, [250, 249, 248], 200, true]),
				);
				assert.equal(cut, true);
			}
		});

		it("wants everything that was asked for, however rare one of the words is", async () => {
			const common = Object.fromEntries(
				Array.from({ length: 300 }, (_, index) => 9_000 + index).map(
					saying("common pear"),
				),
			);
			const room = await longRoom(9_300, {
				...common,
				3: "seldom pear",
				4: "common seldom pear",
				5: "common pear",
				6: "pear, common and seldom",
			});
			const phrases = ["common", "seldom"];
			assert.deepEqual(await numbers(room, { phrases }), [6, 4]);
			assert.deepEqual(
				await numbers(room, { phrases: [...phrases, "seldom pear"] }),
				[4],
			);
			assert.deepEqual(
				await numbers(room, { phrases, authors: [bob.uri] }),
				[6, 4],
			);
			assert.deepEqual(
				await numbers(room, { phrases, authors: [alice.uri] }),
				[],
			);
		});

		it("asks the database a few times only, however long and many the rooms are", async () => {
			const { knex } = current();
			const empty = await longRoom(1_000_000, {});
			const rooms = [
				empty,
				...Array.from({ length: 60 }, () => ({
					...empty,
					id: randomUUID() as RoomId,
					lastSequence: 10_000,
				})),
			];
			let statements = 0;
			const count = () => {
				statements += 1;
			};
			knex.on("query", count);
			try {
				await ask(rooms, { phrases: ["pear"] });
				assert.ok(statements <= 8, `${statements} for a word`);
				statements = 0;
				await ask(rooms, { phrases: ["pear", "apple"], to: someTime });
				assert.ok(statements <= 8, `${statements} for two before a date`);
			} finally {
				knex.off("query", count);
			}
		});

		it("finds in random texts what a look at every text finds", async () => {
			await fc.assert(
				fc.asyncProperty(
					fc.array(randomText, { minLength: 1, maxLength: 25 }),
					fc.array(randomQuestion, { minLength: 1, maxLength: 10 }),
					async (texts, questions) => {
						const room = await roomSaying(...texts);
						for (const question of questions) {
							assert.deepEqual(
								await numbers(room, question),
								naively(texts, question),
								JSON.stringify(question),
							);
						}
					},
				),
				{ numRuns: 40 },
			);
		});
	});
}

function minutesLater(count: number): Date {
	return new Date(someTime.getTime() + count * 60_000);
}

function saying(text: string): (sequence: number) => [number, string] {
	return (sequence) => [sequence, text];
}

function sequencesOf({ rooms }: MessagesFound): readonly (readonly number[])[] {
	return rooms.map(({ messages }) => messages.map(({ sequence }) => sequence));
}

const pieces = fc.constantFrom(
	...["a", "A", "b", "Ab", "ab", "é", "e\u0301", "ß", "SS", "ﬁ", "fi", "Ｆ"],
	...["1", "2", "会", "议", "室", "タ", "ワ", "ー", "ﾀ", "한", "국", "ก", "ข"],
	...["_", "-", "'", "。", "、", "😀", "*", '"', "+", "(", ")", "@", "\n"],
	...[" ", " ", " ", " ", " ", "  "],
);
const randomText = fc
	.array(pieces, { minLength: 1, maxLength: 14 })
	.map((some) => some.join(""));
const randomQuestion = fc.record({
	phrases: fc.array(
		fc
			.array(pieces, { minLength: 1, maxLength: 5 })
			.map((some) => some.join(""))
			.filter((text) => naiveUnits(text, true).length > 0),
		{ minLength: 1, maxLength: 3 },
	),
	match: fc.constantFrom("all", "any"),
	matchCase: fc.boolean(),
});

type Question = typeof randomQuestion extends fc.Arbitrary<infer T> ? T : never;

function naively(
	texts: readonly string[],
	{ phrases, match, matchCase }: Question,
): readonly number[] {
	const blank = "\u0001";
	const row = (text: string) =>
		blank + naiveUnits(text, matchCase).join(blank) + blank;
	return texts
		.map((text, index) => {
			const verdicts = phrases.map((each) => row(text).includes(row(each)));
			const fits =
				match === "all" ? verdicts.every(Boolean) : verdicts.some(Boolean);
			return fits ? index + 1 : 0;
		})
		.filter((sequence) => sequence > 0)
		.reverse();
}

/** Character by character. */
function naiveUnits(text: string, matchCase: boolean): readonly string[] {
	const units: string[] = [];
	let word = "";
	const normal = text.normalize("NFKC");
	for (const character of matchCase ? normal : normal.toLowerCase()) {
		const alone = /[会议室タワー한국กข]/u.test(character);
		const inWord = !alone && /[\p{L}\p{N}\p{M}]/u.test(character);
		if (inWord) word += character;
		if (!inWord && word !== "") {
			units.push(word);
			word = "";
		}
		if (alone) units.push(character);
	}
	return word === "" ? units : [...units, word];
}
