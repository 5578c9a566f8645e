/** What released migrations do is written down: whoever changes their code changes data that others have already. */
import { equal } from "node:assert/strict";
import { searchKey } from "../../migrations/0002_search_key.ts";
import { tokensOf } from "../../migrations/0005_tokens.ts";

describe("what a released migration writes", () => {
	it("names without case, width, composition and final sigma (0002)", () => {
		equal(searchKey("  Ὀδυσσεύς Ａlice É ﬁ "), "ὀδυσσεύσ alice é fi");
	});

	it("is a token for each word, character of Chinese and pair, in its block (0005)", () => {
		const room = "11111111-2222-4333-8444-555555555555";
		const author = "sip:alice@example.com";
		const tokens = (sequence: number, text: string) =>
			tokensOf({ room, author, sequence, text });
		equal(
			tokens(1, "Ὀδυσσεύς ﬁxed"),
			"rzf8u6zbkmtcqa4 rzf8u6zjq1ah8yz rzf8u6z60xq0hp1 rzf8u6zsiorq9g3",
		);
		equal(
			tokens(2_048, "会議 now"),
			"rzf8u6zbkmtcqa4 rzf8u6zz2riw3cb rzf8u6zqehb529u rzf8u6z557qpx9p rzf8u6zhtrgweok rzf8u6zxgc4f3wl",
		);
		equal(tokens(2_049, ""), "rlcm3fwbkmtcqa4");
	});
});
