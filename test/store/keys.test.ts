/** How names are compared. */
import assert from "node:assert/strict";
import { ChatError } from "../../plugin/errors.ts";
import { searchKey } from "../../plugin/rooms/words.ts";
import { nameKey } from "../../plugin/store/keys.ts";

describe("the keys of names and words", () => {
	it("are equal for what differs only in case, in any script", () => {
		assert.equal(searchKey("GRÜSSE"), searchKey("grüsse"));
		assert.equal(searchKey("ЧАТ"), searchKey("чат"));
		assert.equal(searchKey("ΟΔΟΣ"), searchKey("οδοσ"));
	});

	it("are equal for composed, decomposed and wide forms", () => {
		assert.equal(searchKey("u\u0308ber"), searchKey("über"));
		assert.equal(searchKey("Ｌｏｂｂｙ"), searchKey("lobby"));
	});

	it("do not tell how many blanks a name has", () => {
		assert.equal(nameKey("  Tom \u00a0&\tJerry "), nameKey("tom & jerry"));
	});

	it("keep accents apart", () => {
		assert.notEqual(searchKey("resume"), searchKey("résumé"));
	});

	it("refuse a name that unfolds beyond what an index holds", () => {
		assert.throws(
			() => nameKey("\ufdfa".repeat(256)),
			(error) => error instanceof ChatError && error.reason === "too-large",
		);
	});
});
