/**
 * The full-text index holds *tokens* that are made here, one for each unit of a text and one for each two neighbours: so both databases
 * agree, whatever their own notion of a word, their stopwords and their shortest word; a word of two Chinese characters and
 * every two words of a phrase are one look-up. A token names the *block* too: a part of a room's sequence.
 */
import { type Phrase, searchKey, unitsOf } from "../rooms/words.ts";

/** Messages in a block: what one look-up yields is bounded by it, however common the word and however large the room. */
const blockMessages = 2_048;

/** Of a long phrase the first are looked up; the text itself decides. */
export const maxPairs = 3;

export function blockOf(sequence: number): number {
	return Math.floor((sequence - 1) / blockMessages);
}

/** Every token of a message, each once, with blanks between. */
export function tokensOf(message: {
	readonly room: string;
	readonly sequence: number;
	readonly author: string;
	readonly text: string;
}): string {
	const prefix = blockPrefix(message.room, blockOf(message.sequence));
	const tokens = new Set([prefix + authorName(message.author)]);
	let before: string | undefined;
	for (const unit of unitsOf(message.text, false)) {
		tokens.add(prefix + name(unit));
		if (before !== undefined) tokens.add(prefix + name(`${before} ${unit}`));
		before = unit;
	}
	return [...tokens].join(" ");
}

/** The tokens that a message of this block has when it has the phrase. */
export function phraseTokens(
	room: string,
	block: number,
	{ units }: Phrase,
): readonly string[] {
	const prefix = blockPrefix(room, block);
	const folded = units.map(searchKey);
	const [first = ""] = folded;
	if (folded.length === 1) return [prefix + name(first)];
	const pairs = folded
		.slice(1, 1 + maxPairs)
		.map((unit, index) => prefix + name(`${folded[index]} ${unit}`));
	return [...new Set(pairs)];
}

/** The token that a message of this block has when it is by this author. */
export function authorToken(
	room: string,
	block: number,
	author: string,
): string {
	return blockPrefix(room, block) + authorName(author);
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
