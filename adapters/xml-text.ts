/**
 * The one writer of XML in the adapters (XML 1.0, fifth edition): escapes what must be escaped so that it is read back
 * unchanged, and puts U+FFFD for characters that XML cannot hold at all, and counts them.
 */

import { makeTurns } from "./turns.ts";

export interface XmlElement {
	readonly name: string;
	readonly attributes: Readonly<Record<string, string>>;
	/** Elements, or text alone: never both, so that the indentation between elements adds nothing. */
	readonly content: readonly XmlElement[] | string;
}

export interface XmlText {
	readonly text: string;
	/** Characters that XML forbids, each of them now U+FFFD. */
	readonly replaced: number;
}

/** Section 2.2; lone surrogates are none of them. */
const forbidden = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;
const namePattern = /^[A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?$/;

/** Attributes in the order given, without those that are undefined. */
export function element(
	name: string,
	attributes: Readonly<Record<string, string | undefined>>,
	content: readonly XmlElement[] | string = [],
): XmlElement {
	const present: Record<string, string> = {};
	for (const [key, value] of Object.entries(attributes)) {
		if (value !== undefined) present[key] = value;
	}
	return { name, attributes: present, content };
}

/** A document in UTF-8, indented by two spaces, with a line end behind it. Throws for names that are none. */
export async function writeDocument(root: XmlElement): Promise<XmlText> {
	let replaced = 0;
	const takeTurns = makeTurns();

	function allowed(text: string): string {
		return text.replace(forbidden, () => {
			replaced += 1;
			return "\uFFFD";
		});
	}

	function begin({ name, attributes }: XmlElement, indent: string): string {
		let tag = `${indent}<${checkName(name)}`;
		for (const [key, value] of Object.entries(attributes)) {
			tag += ` ${checkName(key)}="${escapeAttribute(allowed(value))}"`;
		}
		return tag;
	}

	function writeLeaf(leaf: XmlElement, indent: string): string {
		const { name, content } = leaf;
		const tag = begin(leaf, indent);
		if (typeof content !== "string" || content === "") return `${tag}/>\n`;
		return `${tag}>${escapeText(allowed(content))}</${name}>\n`;
	}

	async function write(element: XmlElement, indent: string): Promise<string> {
		const { name, content } = element;
		if (typeof content === "string" || content.length === 0) {
			return writeLeaf(element, indent);
		}
		await takeTurns();
		let xml = `${begin(element, indent)}>\n`;
		for (const inner of content) {
			const isLeaf = inner.content.length === 0 || isText(inner);
			xml += isLeaf
				? writeLeaf(inner, `${indent}  `)
				: await write(inner, `${indent}  `);
		}
		return `${xml}${indent}</${name}>\n`;
	}

	const body = await write(root, "");
	return { text: `<?xml version="1.0" encoding="utf-8"?>\n${body}`, replaced };
}

function isText({ content }: XmlElement): boolean {
	return typeof content === "string";
}

function checkName(name: string): string {
	if (namePattern.test(name)) return name;
	throw new Error(`${JSON.stringify(name)} cannot be a name in XML.`);
}

const escapes: Readonly<Record<string, string>> = {
	"&": "&amp;",
	"<": "&lt;",
	">": "&gt;",
	'"': "&quot;",
	"\t": "&#9;",
	"\n": "&#10;",
	"\r": "&#13;",
};

/** A reader makes a space of a bare line end in an attribute, and LF of a bare CR anywhere (sections 3.3.3 and 2.11). */
function escapeAttribute(text: string): string {
	return text.replace(/[&<>"\t\n\r]/g, (character) => escapes[character] ?? "");
}

function escapeText(text: string): string {
	return text.replace(/[&<>\r]/g, (character) => escapes[character] ?? "");
}
