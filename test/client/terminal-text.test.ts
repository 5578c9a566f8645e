/** Small readings and writings of the terminal: widths, lists of names, numbers of messages. */
import { deepEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import { listed, splitList } from "../../client/terminal/listed.ts";
import { padded, widthOf } from "../../client/terminal/width.ts";
import { numbersOf, runsText } from "../../client/terminal/wording.ts";

describe("The width of text on a terminal", () => {
	const widths: readonly (readonly [string, number])[] = [
		["", 0],
		["Alice", 5],
		["e\u0301t\u00e9", 3],
		["漢字かなカナ", 12],
		["ｆｕｌｌ", 8],
		["ｶﾅ", 2],
		["한글", 4],
		["\u1112\u1161\u11ab", 2],
		["👍🏽", 2],
		["👩‍👩‍👧", 2],
		["🇨🇭", 2],
		["❤️", 2],
		["☎", 1],
		["1️⃣", 2],
		["שלום", 4],
		["नमस्ते", 4],
		["a\u200bb", 2],
		["𠮷", 2],
	];
	for (const [text, width] of widths) {
		it(`of ${JSON.stringify(text)} is ${width}`, () => {
			equal(widthOf(text), width);
			equal(widthOf(padded(text, 20)), 20);
		});
	}

	it("is never cut", () => {
		equal(padded("漢字", 3), "漢字");
	});
});

describe("A list of names", () => {
	it("is parted at commas, but not within quotes", () => {
		deepEqual(splitList('alice, group:"Front, back",,"a ""b"""'), [
			"alice",
			"group:Front, back",
			'a "b"',
		]);
		deepEqual(splitList(""), []);
		equal(splitList('alice,"bob'), undefined);
	});

	it("is read back as it was written, whatever the names hold", () => {
		const name = fc
			.string()
			.filter((text) => text !== "" && text === text.trim());
		fc.assert(
			fc.property(fc.array(name), (names) => {
				deepEqual(splitList(names.map(listed).join(",")), names);
			}),
		);
	});
});

describe("Numbers of messages", () => {
	it("are given one by one and in runs", () => {
		deepEqual(numbersOf("3"), [3]);
		deepEqual(numbersOf("#3, 5-7 6 #9-#9"), [3, 5, 6, 7, 9]);
		for (const wrong of [
			"",
			"0",
			"x",
			"5-3",
			"1-2-3",
			"-1",
			"1-10001",
			"1.5",
		]) {
			equal(numbersOf(wrong), undefined, wrong);
		}
	});

	it("are told in runs, and only counted where there are many", () => {
		equal(runsText([{ first: 4, last: 4 }]), "message 4");
		equal(
			runsText([
				{ first: 4, last: 4 },
				{ first: 6, last: 9 },
			]),
			"messages 4, 6-9",
		);
		const many = [1, 3, 5, 7, 9, 11].map((first) => ({ first, last: first }));
		equal(runsText(many), "6 messages");
	});
});
