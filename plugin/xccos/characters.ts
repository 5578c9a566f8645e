/** Characters of XML 1.0: which may appear (section 2.2), how they are escaped and referred to (sections 2.4 and 4.1). */
import { ChatError } from "../errors.ts";

/** The first character that XML 1.0 section 2.2 forbids, by name (`U+0001`); undefined when there is none. */
export function forbiddenCharacter(text: string): string | undefined {
	const found = forbiddenPattern.exec(text);
	return found === null ? undefined : codePointName(found[0]);
}

const forbiddenPattern =
	/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

export function malformed(what: string): ChatError {
	return new ChatError("malformed", `The XML cannot be read: ${what}.`);
}

const predefined: Readonly<Record<string, string>> = {
	amp: "&",
	lt: "<",
	gt: ">",
	quot: '"',
	apos: "'",
};

/** Throws `ChatError('malformed')` for what is not defined or may not appear. */
export function decodeEntities(text: string): string {
	if (!text.includes("&")) return text;
	return text.replace(/&([^;&]{0,32})(;?)/g, (whole, name: string, end) => {
		const character = end === ";" ? entity(name) : undefined;
		if (character === undefined) {
			throw malformed(`the entity ${whole} is not defined`);
		}
		return character;
	});
}

function entity(name: string): string | undefined {
	if (Object.hasOwn(predefined, name)) return predefined[name];
	const numeric = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(name);
	if (numeric === null) return undefined;
	const code =
		numeric[1] === undefined
			? Number.parseInt(numeric[2] ?? "", 10)
			: Number.parseInt(numeric[1], 16);
	if (code > 0x10ffff) return undefined;
	const character = String.fromCodePoint(code);
	if (forbiddenPattern.test(character)) {
		throw malformed(`${codePointName(character)} may not appear in XML`);
	}
	return character;
}

function codePointName(character: string): string {
	const code = character.codePointAt(0) ?? 0;
	return `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
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

export function escapeText(text: string): string {
	return text.replace(/[&<>\r]/g, (character) => escapes[character] ?? "");
}

export function escapeAttribute(text: string): string {
	return text.replace(/[&<>"\t\n\r]/g, (character) => escapes[character] ?? "");
}
