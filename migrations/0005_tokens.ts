/** What 0005 makes of a message for the full-text index, as it was when it was released. Frozen: see `index.ts`. */
import { searchKey } from "./0002_search_key.ts";

/** Messages in a block. */
const blockMessages = 2_048;

const unspaced =
	"\\p{scx=Han}\\p{scx=Hiragana}\\p{scx=Katakana}\\p{scx=Hangul}\\p{scx=Bopomofo}\\p{scx=Thai}\\p{scx=Lao}\\p{scx=Khmer}\\p{scx=Myanmar}";
const unitPattern = new RegExp(
	`(?=[\\p{L}\\p{N}\\p{M}])[${unspaced}]|(?:(?![${unspaced}])[\\p{L}\\p{N}\\p{M}])+`,
	"gu",
);

/** Every token of a message, each once, with blanks between. */
export function tokensOf(message: {
	readonly room: string;
	readonly sequence: number;
	readonly author: string;
	readonly text: string;
}): string {
	const prefix = blockPrefix(
		message.room,
		Math.floor((message.sequence - 1) / blockMessages),
	);
	const tokens = new Set([prefix + authorName(message.author)]);
	let before: string | undefined;
	for (const unit of unitsOf(message.text)) {
		tokens.add(prefix + name(unit));
		if (before !== undefined) tokens.add(prefix + name(`${before} ${unit}`));
		before = unit;
	}
	return [...tokens].join(" ");
}

function unitsOf(text: string): readonly string[] {
	return searchKey(text).match(unitPattern) ?? [];
}

function blockPrefix(room: string, block: number): string {
	return `r${shortName(`${room} ${block}`, 6)}`;
}

/** No unit has an @. */
function authorName(author: string): string {
	return name(`@${author}`);
}

function name(unit: string): string {
	return shortName(unit, 8);
}

/** [0-9a-z]: InnoDB and FTS5 take it as one word. Whoever shares a name is told apart by the text itself. */
function shortName(text: string, length: number): string {
	const forward = fnv1a(text, 0, 1);
	const backward = fnv1a(text, text.length - 1, -1);
	// 53 bits: as many as a number holds exactly.
	const both = forward * 2 ** 21 + (backward >>> 11);
	return both.toString(36).padStart(11, "0").slice(-length);
}

const fnvBasis = 0x811c9dc5;
const fnvPrime = 0x01000193;

/** The hash of Fowler, Noll and Vo (variant 1a, 32 bits) over the text's UTF-16 bytes, from one end or the other. */
function fnv1a(text: string, start: number, step: 1 | -1): number {
	let hash = fnvBasis;
	for (let at = start; at >= 0 && at < text.length; at += step) {
		const unit = text.charCodeAt(at);
		hash = Math.imul(hash ^ (unit & 0xff), fnvPrime);
		hash = Math.imul(hash ^ (unit >>> 8), fnvPrime);
	}
	return hash >>> 0;
}
