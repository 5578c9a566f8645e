import { equal, rejects } from "node:assert/strict";
import fc from "fast-check";
import { element, writeDocument } from "../../adapters/xml-text.ts";
import { parseXml, textOf } from "../../plugin/xccos/xml.ts";

const header = '<?xml version="1.0" encoding="utf-8"?>\n';

describe("XML of the adapters", () => {
	it("escapes what would be read as something else", async () => {
		const { text, replaced } = await writeDocument(
			element(
				"a",
				{ b: `<&>"'\t\n\r`, c: "é 東京 👩‍💻 שלום" },
				"<&>\"'\t\n\r]]>",
			),
		);
		equal(
			text,
			`${header}<a b="&lt;&amp;&gt;&quot;'&#9;&#10;&#13;" c="é 東京 👩‍💻 שלום">&lt;&amp;&gt;"'\t\n&#13;]]&gt;</a>\n`,
		);
		equal(replaced, 0);
	});

	it("indents elements, keeps the order of attributes, and leaves out those that are undefined", async () => {
		const { text } = await writeDocument(
			element("a", { z: "1", b: undefined, c: "" }, [
				element("b", {}, [element("c", {}, "text")]),
				element("d", {}),
			]),
		);
		equal(
			text,
			`${header}<a z="1" c="">\n  <b>\n    <c>text</c>\n  </b>\n  <d/>\n</a>\n`,
		);
	});

	it("has U+FFFD for each character that XML forbids, and says how many there were", async () => {
		const { text, replaced } = await writeDocument(
			element("a", { b: "\u0000x\u001F" }, "\uD800y\uFFFE\uFFFF\u0085"),
		);
		equal(
			text,
			`${header}<a b="\uFFFDx\uFFFD">\uFFFDy\uFFFD\uFFFD\u0085</a>\n`,
		);
		equal(replaced, 5);
	});

	it("takes nothing for a name that is none", async () => {
		await rejects(writeDocument(element("a b", {})), /cannot be a name in XML/);
		await rejects(
			writeDocument(element("a", { 'b="c"': "" })),
			/cannot be a name in XML/,
		);
	});

	it("is read back as it was, whatever people write", async () => {
		const writable = fc
			.string({ unit: "binary" })
			.map((text) =>
				text.replace(
					/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu,
					"",
				),
			);
		await fc.assert(
			fc.asyncProperty(writable, writable, async (inAttribute, inText) => {
				const { text, replaced } = await writeDocument(
					element("a", { b: inAttribute }, inText),
				);
				const read = parseXml(text);
				equal(read.attributes.b, inAttribute);
				equal(textOf(read), inText);
				equal(replaced, 0);
			}),
		);
	});
});
