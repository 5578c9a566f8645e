import { deepEqual, equal, throws } from "node:assert/strict";
import fc from "fast-check";
import { ChatError } from "../../plugin/errors.ts";
import { decodeEnvelope } from "../../plugin/xccos/envelope.ts";
import {
	attribute,
	child,
	children,
	element,
	optionalAttribute,
	parseXml,
	textOf,
	writeXml,
} from "../../plugin/xccos/xml.ts";

const malformed = (error: unknown) =>
	error instanceof ChatError && error.reason === "malformed";

describe("XML", () => {
	it("is read with its entities, CDATA and line ends", () => {
		const root = parseXml(
			'<?xml version="1.0"?><a x="1&amp;2&#x41;\n" y=\'"\'> t<b/>&lt;&#13;\r\n<![CDATA[<&>]]><!-- no --></a>',
		);
		deepEqual(root.attributes, { x: "1&2A ", y: '"' });
		equal(textOf(root), " t<\r\n<&>");
		deepEqual(
			children(root).map(({ name }) => name),
			["b"],
		);
	});

	it("is refused, with what is wrong, when it is not well-formed or not harmless", () => {
		for (const [text, what] of [
			["", /Start tag/],
			["text", /not expected/],
			["<a>", /Unclosed/],
			["<a><b></a></b>", /closing tag/],
			["<a/><b/>", /exactly one root/],
			["<a/>text", /after the root/],
			["<a x=1/>", /without value/],
			['<a x="1" x="2"/>', /repeated/],
			["<a>&undefined;</a>", /entity &undefined; is not defined/],
			["<a>& b</a>", /'&'/],
			["<a>&#0;</a>", /U\+0000 may not appear/],
			["<a>&#xD800;</a>", /U\+D800 may not appear/],
			["<a>&#x110000;</a>", /not defined/],
			["<a>\u0007</a>", /U\+0007 may not appear/],
			["<a>\uFFFE</a>", /U\+FFFE may not appear/],
			['<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', /DTD/],
			[`${"<a>".repeat(40)}${"</a>".repeat(40)}`, /nested/],
			['<a __proto__="1"/>', /reserved/],
		] as const) {
			throws(
				() => parseXml(text),
				(error: Error) => malformed(error) && what.test(error.message),
				text,
			);
		}
	});

	it("has at most 10,000 attributes, and 5,000 tags", () => {
		const having = (count: number) =>
			`<a ${Array.from({ length: count }, (_, index) => `x${index}='1'`).join(" ")}/>`;
		equal(Object.keys(parseXml(having(10_000)).attributes).length, 10_000);
		throws(() => parseXml(having(10_001)), /more than 10000 attributes/);
		equal(children(parseXml(`<a>${"<b/>".repeat(4_998)}</a>`)).length, 4_998);
		throws(
			() => parseXml(`<a>${"<b/>".repeat(4_999)}</a>`),
			/more than 5000 tags/,
		);
	});

	it("lets the words of a DTD stand in CDATA", () => {
		equal(
			textOf(parseXml("<a><![CDATA[<!DOCTYPE html>]]></a>")),
			"<!DOCTYPE html>",
		);
	});

	it("has attributes whose names are those of every object", () => {
		const root = parseXml('<a toString="2"/>');
		equal(attribute(root, "toString"), "2");
		equal(optionalAttribute(root, "hasOwnProperty"), undefined);
	});

	it("finds attributes in any case, the exact one first", () => {
		const root = parseXml('<a URI="1" uri="2" CNT="3"/>');
		equal(attribute(root, "uri"), "2");
		equal(attribute(root, "cnt"), "3");
		throws(() => attribute(root, "id"), malformed);
		throws(() => child(root, "b"), malformed);
	});

	it("comes back as it was written, whatever the text", () => {
		const text = fc
			.string({ unit: "binary" })
			.filter(
				(s) =>
					!/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u.test(s),
			);
		fc.assert(
			fc.property(text, text, (inside, value) => {
				const written = writeXml(element("a", { value }, inside, element("b")));
				const root = parseXml(written);
				equal(textOf(root), inside);
				equal(attribute(root, "value"), value);
			}),
		);
	});

	it("never makes the decoder do anything but decode or refuse", () => {
		const pieces = fc.constantFrom(
			"<",
			">",
			"/",
			"&",
			";",
			'"',
			"'",
			"=",
			"<!--",
			"-->",
			"<![CDATA[",
			"]]>",
			"<?",
			"?>",
			"<xccos ",
			"</xccos>",
			'envid="1"',
			"<cmd id='cmd:join'>",
			"</cmd>",
			"<grpchat>",
			"<data/>",
			"<!DOCTYPE",
			"&#x",
			"&amp;",
			" ",
			"\n",
			"é",
			"\u0000",
			"a",
		);
		const anything = fc.oneof(
			fc.string({ unit: "binary" }),
			fc.array(pieces, { maxLength: 60 }).map((parts) => parts.join("")),
		);
		fc.assert(
			fc.property(anything, (text) => {
				try {
					decodeEnvelope(text);
				} catch (error) {
					if (!malformed(error)) throw error;
				}
			}),
			{ numRuns: 3_000 },
		);
	});
});
