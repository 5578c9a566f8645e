/** Names hold nothing that is not seen: for every such character of Unicode, at any place, and for what people really write. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { ChatError } from "../../plugin/errors.ts";
import {
	checkGroupName,
	checkName,
	fittingName,
} from "../../plugin/rooms/names.ts";
import type { UserUri } from "../../plugin/rooms/types.ts";
import { forbiddenCharacter } from "../../plugin/xccos/xml.ts";
import { refused } from "../contracts/samples.ts";
import {
	addCategory,
	type Domain,
	openDomain,
	operator,
} from "../support/domain.ts";

const work = { wire: { forbiddenCharacter } } as Parameters<
	typeof checkName
>[0];

function isRefused(check: () => void): boolean {
	try {
		check();
		return false;
	} catch (error) {
		assert.ok(error instanceof ChatError, String(error));
		return true;
	}
}
const isName = (name: string) =>
	!isRefused(() => checkName(work, "room", name));
const isGroupName = (name: string) =>
	!isRefused(() => checkGroupName(work, name));

/** Format characters, those that programs leave out when they cannot show them, marks of lines, controls, the empty Braille cell. */
const unseen = Array.from({ length: 0x110000 }, (_, code) =>
	code >= 0xd800 && code <= 0xdfff ? "" : String.fromCodePoint(code),
).filter((character) =>
	/[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}\p{Zl}\p{Zp}\u2800]/u.test(
		character,
	),
);

const anyUnseen = fc.constantFrom(
	...unseen,
	// The few that may be somewhere, often enough.
	...Array.from({ length: 500 }, () => ["\u200c", "\u200d", "\ufe0f"]).flat(),
);
const sometimesSeen = new Set([..."\u200c\u200d\ufe0f\u{e0067}\u{e007f}"]);
const anyText = fc.string({ unit: "binary", maxLength: 20 });
/** Pieces between which joiners, selectors and tags may mean something. */
const piece = fc.constantFrom(
	..."👩💻❤🔥🏽🏳🌈👁1#aé©☎ابمنءدर्षකෝ්රবর্য",
	"\u20e3",
	"\u{1f3f4}",
	"\u{e0067}",
	"\u{e007f}",
	"\u064e",
);

describe("names", () => {
	it("hold none of the characters that are not seen, between letters of any script", () => {
		assert.ok(unseen.length > 4_000);
		for (const character of unseen) {
			for (const name of [
				`Tra${character}ders`,
				`Tra ${character}ders`,
				`x${character}`,
				`${character}x`,
				`人${character}人`,
				character.repeat(3),
			]) {
				assert.ok(
					!isName(name),
					`U+${character.codePointAt(0)?.toString(16)} in ${JSON.stringify(name)}`,
				);
			}
		}
	});

	it("say which character is not seen", () => {
		for (const [name, told] of [
			["a\u200bb", /U\+200B/],
			["a\u200fb", /U\+200F/],
			["a\u061cb", /U\+061C/],
			["a\u{e0041}b", /U\+E0041/],
			["a\u202eb", /U\+202E/],
		] as const) {
			assert.throws(() => checkName(work, "room", name), told);
		}
	});

	it("are what people write: joiners where letters and emoji are written by them", () => {
		for (const name of [
			"Zürich & Genève №3",
			"取引チーム（東京）",
			"ห้องประชุม",
			// Persian, with the non-joiner; the same with a mark between.
			"می\u200cخواهم",
			"مَ\u200cنی",
			// Sinhala, Hindi, Tamil and Bengali.
			"ශ්\u200dරී ලංකා",
			"क्\u200dष और क्\u200cष",
			"க்\u200cஷ",
			"র\u200d্যাব",
			"Family 👨\u200d👩\u200d👧\u200d👦",
			"On call 👩🏽\u200d💻 ☎\ufe0f 1\ufe0f\u20e3",
			"❤\ufe0f\u200d🔥 🏳\ufe0f\u200d🌈 🇨🇭",
			"\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
		]) {
			assert.ok(isName(name), name);
			assert.equal(fittingName(name), name);
		}
	});

	it("hold no joiner, selector or tag where it changes nothing that is seen", () => {
		for (const name of [
			"👩\u200d",
			"👩\u200d😀",
			"©\u200d®",
			"😀\ufe0f",
			"1\ufe0f",
			"a\ufe0f",
			"ا\u200cب",
			"ء\u200cب",
			"ب\u200cء",
			"ب\u200c b",
			"ب\u200da",
			"क्\u200da",
			"क\u200cष",
			"\u{1f3f4}\u{e0061}\u{e007f}",
			"👩\u{e0061}",
		]) {
			assert.ok(!isName(name), JSON.stringify(name));
		}
	});

	it("with something unseen put in anywhere are refused, or hold it where it is needed", () => {
		fc.assert(
			fc.property(
				fc.array(piece, { maxLength: 6 }),
				anyUnseen,
				fc.array(piece, { maxLength: 6 }),
				(before, hidden, after) => {
					const name = [...before, hidden, ...after].join("");
					if (!isName(name)) return;
					assert.ok(sometimesSeen.has(hidden), JSON.stringify(hidden));
				},
			),
			{ numRuns: 1_000 },
		);
	});

	it("that others say become names here, once and for all, or nothing", function () {
		// The pattern holds every emoji: late in a long run it is compiled again and again.
		this.timeout(120_000);
		const mixed = fc
			.array(fc.oneof(piece, anyUnseen, anyText), { maxLength: 12 })
			.map((all) => all.join(""));
		const long = mixed.map((text) => text.repeat(30));
		fc.assert(
			fc.property(fc.oneof(mixed, long), (given) => {
				const name = fittingName(given);
				if (name === "" || forbiddenCharacter(name) !== undefined) return;
				assert.ok(isName(name), JSON.stringify(name));
				assert.equal(fittingName(name), name);
			}),
			{ numRuns: 200, endOnFailure: true },
		);
	});

	it("of groups read as no principal, however it is spelt", () => {
		const width = (text: string) =>
			[...text]
				.map((each) =>
					String.fromCodePoint((each.codePointAt(0) ?? 0) + 0xfee0),
				)
				.join("");
		const kind = fc.constantFrom("sip", "sips", "domain", "group");
		const spelling = fc.constantFrom(
			(text: string) => text,
			(text: string) => text.toUpperCase(),
			width,
			(text: string) => width(text.toUpperCase()),
		);
		const blanks = fc.constantFrom("", " ", "\u00a0", "\u3000");
		const colon = fc.constantFrom(..."::：﹕︓∶꞉ː˸");
		fc.assert(
			fc.property(
				kind,
				spelling,
				blanks,
				colon,
				anyText,
				(what, spelt, blank, sign, rest) => {
					assert.ok(!isGroupName(`${spelt(what)}${blank}${sign}${rest}x`));
				},
			),
		);
		for (const name of ["Group A: buyers", "domains", "Sipping: tea"]) {
			assert.ok(isGroupName(name), name);
		}
	});

	describe("at every door", () => {
		let domain: Domain;
		before(async () => {
			domain = await openDomain();
		});
		after(() => domain.close());

		it("are held to it", async () => {
			const { rooms } = domain;
			const category = await addCategory(domain);
			const { room } = await rooms.createRoom(operator, {
				name: "Plain",
				category: category.id,
			});
			const { id } = await rooms.createGroup(operator, "Plain", []);
			const uri = "sip:zoe@example.com" as UserUri;
			for (const name of [
				"a\u200bb",
				"a\u200fb",
				"a\u061cb",
				"a\u{e0041}b",
				"a\u00adb",
			]) {
				for (const attempt of [
					() => rooms.createRoom(operator, { name, category: category.id }),
					() => rooms.changeRoom(operator, room.id, { properties: { name } }),
					() => rooms.createCategory(operator, { name }),
					() => rooms.changeCategory(operator, category.id, { name }),
					() => rooms.createGroup(operator, name, []),
					() => rooms.changeGroup(operator, id, { name }),
					() => rooms.addUser(operator, { uri, displayName: name }),
				]) {
					await refused("malformed", attempt());
				}
			}
			await refused("malformed", rooms.createGroup(operator, "group：x", []));
		});

		it("let what had such a name before be changed otherwise", async () => {
			const { rooms, knex } = domain;
			const category = await addCategory(domain);
			const { room } = await rooms.createRoom(operator, {
				name: randomUUID(),
				category: category.id,
			});
			const name = `a\u200b${randomUUID()}`;
			await knex("rooms").where({ id: room.id }).update({ name });
			await knex("categories").where({ id: category.id }).update({ name });
			const disabled = await rooms.changeRoom(operator, room.id, {
				properties: { disabled: true, name },
			});
			assert.equal(disabled.room.disabled, true);
			await rooms.changeCategory(operator, category.id, { name, denied: [] });
			await rooms.changeRoom(operator, room.id, {
				properties: { name: randomUUID() },
			});
		});
	});
});
