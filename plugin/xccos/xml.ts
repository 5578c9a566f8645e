/**
 * The one XML parser and the one XML writer: well-formedness, limits of depth and number, no DTD, entities and escaping
 * (XML 1.0, fifth edition). Nothing else in this program makes or reads XML.
 */
import { XMLParser, XMLValidator } from "fast-xml-parser";
import {
	decodeEntities,
	escapeAttribute,
	escapeText,
	forbiddenCharacter,
	malformed,
} from "./characters.ts";

export { forbiddenCharacter };

/** Markup that `writeXml` has written before, to be put in as it is. */
export interface WrittenXml {
	readonly written: string;
}

export type XmlNode = XmlElement | WrittenXml | string;

export interface XmlElement {
	/** As written, with its prefix if it has one. */
	readonly name: string;
	readonly attributes: Readonly<Record<string, string>>;
	/** Elements and text in document order; comments and processing instructions are left out. */
	readonly nodes: readonly XmlNode[];
}

const maxDepth = 32;
/** Tags, comments and the like: reading more would keep everybody else waiting. */
const maxTags = 5_000;
/** Of all tags together, likewise. */
const maxAttributes = 10_000;

const parser = new XMLParser({
	preserveOrder: true,
	ignoreAttributes: false,
	attributeNamePrefix: "",
	parseTagValue: false,
	parseAttributeValue: false,
	trimValues: false,
	processEntities: false,
	cdataPropName: "#cdata",
	commentPropName: false,
	ignoreDeclaration: true,
	ignorePiTags: true,
	maxNestedTags: maxDepth,
	onDangerousProperty: (name: string) => name,
});

/**
 * The root element. Throws `ChatError('malformed')` that says what is wrong: not well-formed, a DTD, an undefined
 * entity, a character that XML forbids, nesting deeper than 32, more than 5,000 tags or 10,000 attributes.
 */
export function parseXml(text: string): XmlElement {
	const forbidden = forbiddenCharacter(text);
	if (forbidden !== undefined) {
		throw malformed(`${forbidden} may not appear in XML`);
	}
	if (text.split("<", maxTags + 2).length > maxTags + 1) {
		throw malformed(`there are more than ${maxTags} tags`);
	}
	if (hasMoreAttributes(text)) {
		throw malformed(`there are more than ${maxAttributes} attributes`);
	}
	if (hasDoctype(text)) throw malformed("a DTD is not accepted");
	const verdict = validate(text);
	if (verdict !== undefined) throw malformed(verdict);
	if (!text.trimEnd().endsWith(">")) {
		throw malformed("there is text after the root element");
	}
	const roots = toNodes(parse(text)).filter(
		(node): node is XmlElement => typeof node === "object" && "name" in node,
	);
	const [root, second] = roots;
	if (root === undefined || second !== undefined) {
		throw malformed("there must be exactly one root element");
	}
	return root;
}

/** Whatever looks like one counts. */
function hasMoreAttributes(text: string): boolean {
	let count = 0;
	for (const _ of text.matchAll(/=\s*["']/g)) {
		count += 1;
		if (count > maxAttributes) return true;
	}
	return false;
}

export function element(
	name: string,
	attributes: Readonly<Record<string, string | number | undefined>> = {},
	...nodes: readonly XmlNode[]
): XmlElement {
	const present: Record<string, string> = {};
	for (const [key, value] of Object.entries(attributes)) {
		if (value !== undefined) present[key] = String(value);
	}
	return { name, attributes: present, nodes };
}

export function writeXml(node: XmlNode): string {
	if (typeof node === "string") return escapeText(node);
	if ("written" in node) return node.written;
	return measured.get(node) ?? writeElement(node);
}

/** What was written to be measured is written to be sent, most times: elements do not change. */
const measured = new WeakMap<XmlElement, string>();

/** UTF-8 bytes. */
export function sizeOf(...elements: readonly XmlElement[]): number {
	let bytes = 0;
	for (const each of elements) {
		const xml = writeXml(each);
		measured.set(each, xml);
		bytes += Buffer.byteLength(xml);
	}
	return bytes;
}

function writeElement(node: XmlElement): string {
	let tag = `<${node.name}`;
	for (const [name, value] of Object.entries(node.attributes)) {
		tag += ` ${name}="${escapeAttribute(value)}"`;
	}
	if (node.nodes.length === 0) return `${tag}/>`;
	let xml = `${tag}>`;
	for (const inner of node.nodes) xml += writeXml(inner);
	return `${xml}</${node.name}>`;
}

/** The name without its prefix: readers do not ask for namespaces, real clients get them wrong. */
export function localName(name: string): string {
	return name.slice(name.indexOf(":") + 1);
}

const namePattern = /^(?:([^:]+):)?[^:]+$/;

/**
 * Every prefix in it is declared in it (Namespaces in XML 1.0), so that it can stand anywhere. Throws
 * `ChatError('malformed')`.
 */
export function checkPrefixes(
	{ name, attributes, nodes }: XmlElement,
	isDeclared: (prefix: string) => boolean = (prefix) => prefix === "xml",
): void {
	const own = new Set<string>();
	for (const [key, value] of Object.entries(attributes)) {
		const prefix = /^xmlns:(.+)$/.exec(key)?.[1];
		if (prefix === undefined) continue;
		if (value === "" || prefix === "xml" || prefix === "xmlns") {
			throw malformed(
				`the prefix ${prefix.slice(0, 40)} cannot be declared so`,
			);
		}
		own.add(prefix);
	}
	// Asked outwards, never copied: there may be many elements and many prefixes.
	const declared =
		own.size === 0
			? isDeclared
			: (prefix: string) => own.has(prefix) || isDeclared(prefix);
	const named = Object.keys(attributes).filter(
		(key) => key !== "xmlns" && !key.startsWith("xmlns:"),
	);
	for (const each of [name, ...named]) {
		const match = namePattern.exec(each);
		const prefix = match?.[1];
		if (match === null || (prefix !== undefined && !declared(prefix))) {
			throw malformed(`the prefix of ${each.slice(0, 40)} is not declared`);
		}
	}
	for (const node of nodes) {
		if (typeof node === "object" && "name" in node) {
			checkPrefixes(node, declared);
		}
	}
}

/** Child elements, those of this local name if one is given. */
export function children(parent: XmlElement, name?: string): XmlElement[] {
	return parent.nodes.filter(
		(node): node is XmlElement =>
			typeof node === "object" &&
			"name" in node &&
			(name === undefined || localName(node.name) === name),
	);
}

/** The first child element of this local name. Throws `ChatError('malformed')` when there is none. */
export function child(parent: XmlElement, name: string): XmlElement {
	const [first] = children(parent, name);
	if (first === undefined) {
		throw malformed(`<${localName(parent.name)}> needs a <${name}>`);
	}
	return first;
}

/** An attribute by name; clients differ in case, so any case will do where the exact one is absent. */
export function optionalAttribute(
	from: XmlElement,
	name: string,
): string | undefined {
	if (Object.hasOwn(from.attributes, name)) return from.attributes[name];
	const wanted = name.toLowerCase();
	const key = Object.keys(from.attributes).find(
		(candidate) => candidate.toLowerCase() === wanted,
	);
	return key === undefined ? undefined : from.attributes[key];
}

/** Throws `ChatError('malformed')` when the attribute is absent. */
export function attribute(from: XmlElement, name: string): string {
	const value = optionalAttribute(from, name);
	if (value === undefined) {
		throw malformed(`<${localName(from.name)}> needs the attribute ${name}`);
	}
	return value;
}

/** The text of the element and of all that is in it. */
export function textOf(node: XmlNode): string {
	if (typeof node === "string") return node;
	return "nodes" in node ? node.nodes.map(textOf).join("") : "";
}

function hasDoctype(text: string): boolean {
	return (
		text.includes("<!DOCTYPE") &&
		text.replace(/<!\[CDATA\[.*?\]\]>/gs, "").includes("<!DOCTYPE")
	);
}

function validate(text: string): string | undefined {
	try {
		const verdict = XMLValidator.validate(text);
		return verdict === true
			? undefined
			: `${verdict.err.msg.slice(0, 100).replace(/\.$/, "")} (line ${verdict.err.line})`;
	} catch (error) {
		return String(error);
	}
}

function parse(text: string): unknown {
	try {
		return parser.parse(text);
	} catch (error) {
		throw malformed(error instanceof Error ? error.message : String(error));
	}
}

/** The parser's ordered form: a list of objects with one key (name, `#text` or `#cdata`) and attributes under `:@`. */
function toNodes(parsed: unknown): XmlNode[] {
	if (!Array.isArray(parsed)) return [];
	const nodes: XmlNode[] = [];
	for (const item of parsed as readonly Record<string, unknown>[]) {
		const name = Object.keys(item).find((key) => key !== ":@");
		if (name === undefined) continue;
		const content = item[name];
		if (name === "#text") {
			nodes.push(decodeEntities(String(content)));
		} else if (name === "#cdata") {
			nodes.push(cdataText(content));
		} else {
			nodes.push({
				name,
				attributes: toAttributes(item[":@"]),
				nodes: toNodes(content),
			});
		}
	}
	return nodes;
}

function cdataText(content: unknown): string {
	return Array.isArray(content)
		? content.map((part: { "#text"?: unknown }) => part["#text"] ?? "").join("")
		: String(content);
}

function toAttributes(parsed: unknown): Readonly<Record<string, string>> {
	const attributes: Record<string, string> = {};
	if (typeof parsed !== "object" || parsed === null) return attributes;
	for (const [name, value] of Object.entries(parsed)) {
		attributes[name] = decodeEntities(String(value).replace(/[\t\n\r]/g, " "));
	}
	return attributes;
}
