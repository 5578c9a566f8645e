/** Lenient reading of XML elements: what is absent is undefined, never an error. */
import {
	children,
	localName,
	optionalAttribute,
	textOf,
	type XmlElement,
} from "../../plugin/xccos/xml.ts";

/** The elements of `list` with this local name. */
export function named(
	list: readonly XmlElement[],
	name: string,
): readonly XmlElement[] {
	return list.filter((candidate) => localName(candidate.name) === name);
}

/** The first child element with this local name. */
export function firstChild(
	parent: XmlElement,
	name: string,
): XmlElement | undefined {
	return children(parent, name)[0];
}

/** The attribute, or undefined when it is absent or empty. */
export function filled(from: XmlElement, name: string): string | undefined {
	return optionalAttribute(from, name) || undefined;
}

/** `true` in any case. */
export function isTrue(text: string | undefined): boolean {
	return text?.trim().toLowerCase() === "true";
}

/** A whole number that a Number holds exactly. */
export function wholeNumber(text: string | undefined): number | undefined {
	if (text === undefined || !/^\d{1,16}$/.test(text)) return undefined;
	const value = Number(text);
	return Number.isSafeInteger(value) ? value : undefined;
}

/** An ISO 8601 time of any number of fraction digits; one without a zone is UTC. */
export function instant(text: string | undefined): Date | undefined {
	if (text === undefined) return undefined;
	const zoned = /(?:z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`;
	const at = new Date(zoned.replace(/(\.\d{3})\d+/, "$1"));
	return Number.isNaN(at.getTime()) ? undefined : at;
}

/** Text as a program wants it: line ends are LF. */
export function textWithLf(from: XmlElement | undefined): string {
	return from === undefined ? "" : textOf(from).replace(/\r\n?/g, "\n");
}
