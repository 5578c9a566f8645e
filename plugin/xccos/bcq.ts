/**
 * `<bcq>`: which messages of a room's past a client asks for. Only `<last cnt>` is known from clients; the other names are not
 * settled by public sources, so they are read leniently, here alone.
 */
import { ChatError } from "../errors.ts";
import type { UserUri } from "../rooms/types.ts";
import { parsePrincipal } from "./elements.ts";
import {
	attribute,
	children,
	optionalAttribute,
	textOf,
	type XmlElement,
} from "./xml.ts";

export interface Bcq {
	/** `<last cnt>`. */
	readonly last?: number | undefined;
	/** `<limit cnt>`: messages of each room. */
	readonly limit?: number | undefined;
	/** `<text mt mc>`, when there is something in it. */
	readonly wording?:
		| {
				readonly words: string;
				readonly match: "all" | "any" | "phrase";
				readonly caseCounts: boolean;
		  }
		| undefined;
	/** `<author uri>` or `<uib uri>`, as many as there are. */
	readonly authors?: readonly UserUri[] | undefined;
	/** `<date from to>`. */
	readonly from?: Date | undefined;
	readonly to?: Date | undefined;
	/** `<msgid id>`. */
	readonly sequence?: number | undefined;
	/** `<sort searchbkwds>`: from the newest message on; default true. */
	readonly backwards: boolean;
	/** `<sort srt>`: the answer begins with its newest message; default false. */
	readonly newestFirst: boolean;
}

/** Throws `ChatError('malformed')`. */
export function readBcq(data: XmlElement): Bcq {
	const [bcq] = children(data, "bcq");
	const [text] = inside(bcq, "text");
	const [date] = inside(bcq, "date");
	const [sort] = inside(bcq, "sort");
	const authors = [...inside(bcq, "author"), ...inside(bcq, "uib")].map(
		(each) => parsePrincipal(attribute(each, "uri")) as string as UserUri,
	);
	return {
		last: count(bcq, "last", "cnt"),
		limit: count(bcq, "limit", "cnt"),
		sequence: count(bcq, "msgid", "id"),
		wording: text && readText(text),
		authors: authors.length > 0 ? authors : undefined,
		from: date && readDate(date, "from"),
		to: date && readDate(date, "to"),
		backwards: isTrue(sort && optionalAttribute(sort, "searchbkwds"), true),
		newestFirst: isTrue(sort && optionalAttribute(sort, "srt"), false),
	};
}

function inside(bcq: XmlElement | undefined, name: string): XmlElement[] {
	return bcq === undefined ? [] : children(bcq, name);
}

function count(
	bcq: XmlElement | undefined,
	name: string,
	key: string,
): number | undefined {
	const [found] = inside(bcq, name);
	if (found === undefined) return undefined;
	const text = attribute(found, key);
	if (/^\d{1,15}$/.test(text)) return Number(text);
	throw new ChatError(
		"malformed",
		`The attribute ${key} of <${name}> must be a whole number of at least 1.`,
	);
}

const phraseTypes = ["pp", "phrase", "exact", "exactphrase"];
const anyTypes = ["any", "or"];

function readText(text: XmlElement): Bcq["wording"] {
	const words = textOf(text).trim();
	if (words === "") return undefined;
	const type = optionalAttribute(text, "mt")?.trim().toLowerCase() ?? "";
	return {
		words,
		match: phraseTypes.includes(type)
			? "phrase"
			: anyTypes.includes(type)
				? "any"
				: "all",
		caseCounts: isTrue(optionalAttribute(text, "mc"), false),
	};
}

function readDate(date: XmlElement, key: string): Date | undefined {
	const text = optionalAttribute(date, key)?.trim() ?? "";
	if (text === "") return undefined;
	const zoned = /\d$/.test(text) && text.includes("T") ? `${text}Z` : text;
	const at = new Date(zoned.replace(/(\.\d{3})\d+/, "$1"));
	if (/^\d{4}-/.test(text) && !Number.isNaN(at.getTime())) return at;
	throw new ChatError(
		"malformed",
		`The attribute ${key} of <date> must be a time like 2026-11-22T09:00:00Z.`,
	);
}

function isTrue(text: string | undefined, otherwise: boolean): boolean {
	if (text === undefined || text.trim() === "") return otherwise;
	return ["true", "1", "yes"].includes(text.trim().toLowerCase());
}
