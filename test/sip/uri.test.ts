import { equal } from "node:assert/strict";
import { headerParameter, userPart, userUri } from "../../plugin/sip/uri.ts";

describe("SIP addresses", () => {
	it("are compared by user and domain alone", () => {
		for (const [header, uri] of [
			[
				'"Alice" <sip:Alice@Example.com:5060;user=phone>;tag=1',
				"sip:alice@example.com",
			],
			["sip:alice@example.com;tag=1", "sip:alice@example.com"],
			["<sips:alice@example.com>", "sip:alice@example.com"],
			[
				'"<sip:bob@example.com>" <sip:alice@example.com>',
				"sip:alice@example.com",
			],
			["<sip:alice@[2001:DB8::1]:5060>", "sip:alice@[2001:db8::1]"],
			["<sip:example.com>", undefined],
			["Anonymous", undefined],
			["", undefined],
		] as const) {
			equal(userUri(header), uri, header);
		}
	});

	it("give their user part and the parameters behind them", () => {
		equal(userPart("sip:GC-1@example.com;transport=tcp"), "gc-1");
		equal(userPart("sip:example.com"), undefined);
		equal(
			headerParameter("<sip:a@b;epid=inside>;tag=1;EPID=abc", "epid"),
			"abc",
		);
		equal(headerParameter("<sip:a@b>;tag=1", "epid"), undefined);
	});
});
