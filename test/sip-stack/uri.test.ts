import assert from "node:assert/strict";
import fc from "fast-check";
import {
	parseNameAddr,
	parseUri,
	parseVia,
	splitList,
	unquote,
} from "../../sip-stack/index.ts";

describe("SIP URIs and addresses", () => {
	it("a URI has user, host, port, parameters and headers", () => {
		const uri = parseUri(
			"sip:alice@example.com:52672;maddr=127.0.0.1;transport=tcp;lr?Subject=x",
		);
		assert.equal(uri?.user, "alice");
		assert.equal(uri?.host, "example.com");
		assert.equal(uri?.port, 52672);
		assert.equal(uri?.params.get("maddr"), "127.0.0.1");
		assert.equal(uri?.params.get("lr"), "");
		assert.equal(uri?.headers, "Subject=x");
	});

	it("a user part may hold what would end a host", () => {
		assert.equal(parseUri("sip:+1;ext=2?x@h")?.user, "+1;ext=2?x");
	});

	it("an IPv6 host loses its brackets", () => {
		const uri = parseUri("sip:a@[2001:db8::1]:5070");
		assert.equal(uri?.host, "2001:db8::1");
		assert.equal(uri?.port, 5070);
	});

	for (const text of [
		"",
		"sip:",
		"sip:@h",
		"tel:1",
		"sip:a@h:x",
		"sip:a@h:99999",
		"sip:a b@h",
		"sip:a@[::1",
	]) {
		it(`"${text}" is no SIP URI`, () =>
			assert.equal(parseUri(text), undefined));
	}

	it("an address has a display name and parameters of its own", () => {
		const address = parseNameAddr('"A \\"<x>, B" <sip:a@b;x=1>;tag=7;epid=cf');
		assert.equal(address?.uri, "sip:a@b;x=1");
		assert.equal(address?.params.get("tag"), "7");
		assert.equal(unquote(address?.display ?? ""), 'A "<x>, B');
	});

	it("without angle brackets the parameters are the address's", () => {
		const address = parseNameAddr("sip:a@b;tag=7");
		assert.equal(address?.uri, "sip:a@b");
		assert.equal(address?.params.get("tag"), "7");
	});

	it("a list is split at commas outside quotes and brackets", () => {
		assert.deepEqual(splitList('"a,b" <sip:x,y@h>;p="1,2", <sip:z@h>,'), [
			'"a,b" <sip:x,y@h>;p="1,2"',
			"<sip:z@h>",
		]);
	});

	it("a Via has transport, sent-by and parameters, with or without branch", () => {
		const via = parseVia(
			"SIP / 2.0 / tcp  127.0.0.1:52672 ;rport;received=::1",
		);
		assert.equal(via?.transport, "tcp");
		assert.equal(via?.port, 52672);
		assert.equal(via?.params.get("rport"), "");
		assert.equal(via?.params.get("received"), "::1");
		assert.equal(parseVia("SIP/2.0/tcp 127.0.0.1:52672")?.params.size, 0);
	});

	it("nothing throws on any text", () => {
		const text = fc.oneof(
			fc.string({ maxLength: 80 }),
			fc.stringMatching(/^[sip:@;=<>",?[\]0-9a-z \\]{0,60}$/),
		);
		fc.assert(
			fc.property(text, (any) => {
				parseUri(any);
				parseNameAddr(any);
				parseVia(any);
				splitList(any);
			}),
			{ numRuns: 3000 },
		);
	});

	it("long hostile text is read in linear time", () => {
		const started = performance.now();
		for (const unit of [
			'"',
			'"\\',
			"<",
			";",
			",",
			"sip:",
			" ",
			";a=",
			"@",
			"[",
		]) {
			const text = unit.repeat(200_000 / unit.length);
			parseUri(text);
			parseNameAddr(`<sip:${text}`);
			parseNameAddr(text);
			parseVia(`SIP/2.0/UDP ${text}`);
			splitList(text);
		}
		assert(performance.now() - started < 2000);
	});
});
