/**
 * The full-text index holds *tokens* that are made here, one for each unit of a text and one for each two neighbours: so both databases
 * agree, whatever their own notion of a word, their stopwords and their shortest word; a word of two Chinese characters and
 * every two words of a phrase are one look-up. A token names the *block* too: a part of a room's sequence.
 */
import { type Phrase, searchKey, unitsOf } from "../rooms/words.ts";

/** Messages in a block: what one look-up yields is bounded by it, however common the word and however large the room. */
export const blockMessages = 2_048;

/** Of a long phrase the first are looked up; the text itself decides. */
const maxPairs = 3;

export function blockOf(sequence: number): number {
	return Math.floor((sequence - 1) / blockMessages);
}

/** A part of a room's sequence. */
export interface Block {
	readonly room: string;
	readonly block: number;
}

/** Every token of a message, each once, with blanks between. */
export function tokensOf(message: {
	readonly room: string;
	readonly sequence: number;
	readonly author: string;
	readonly text: string;
}): string {
	const { room, author } = message;
	const terms = new Set([authorTerm(author)]);
	let before: string | undefined;
	for (const unit of unitsOf(message.text, false)) {
		terms.add(unit);
		if (before !== undefined) terms.add(`${before} ${unit}`);
		before = unit;
	}
	const token = tokenIn({ room, block: blockOf(message.sequence) });
	return [...new Set([...terms].map(token))].join(" ");
}

/** What is indexed of a message that has the phrase: each of these. */
export function phraseTerms({ units }: Phrase): readonly string[] {
	const folded = units.map(searchKey);
	const [first = ""] = folded;
	if (folded.length === 1) return [first];
	const pairs = folded
		.slice(1, 1 + maxPairs)
		.map((unit, index) => `${folded[index]} ${unit}`);
	return [...new Set(pairs)];
}

/** What is indexed of a message by this author. No unit has an @. */
export function authorTerm(author: string): string {
	return `@${author}`;
}

/**
 * The token of a term in that block. The block comes first: what is written at one time is close together in the index, and the
 * database need not touch a page for each.
 */
export function tokenIn({ room, block }: Block): (term: string) => string {
	const prefix = `r${shortName(`${room} ${block}`, 6)}`;
	return (term) => prefix + shortName(term, 8);
}

/** [0-9a-z]: InnoDB and FTS5 take it as one word. Whoever shares a name is told apart by the text itself. */
function shortName(text: string, length: number): string {
	const forward = fnv1a(text, 0, 1);
	const backward = fnv1a(text, text.length - 1, -1);
	// 53 bits: as many as a number holds exactly.
	let both = forward * 2 ** 21 + (backward >>> 11);
	let name = "";
	// Digit by digit: `toString(36)` of so large a number takes several times as long.
	for (let at = 0; at < length; at += 1) {
		const digit = both % 36;
		name = digits.charAt(digit) + name;
		both = (both - digit) / 36;
	}
	return name;
}

const digits = "0123456789abcdefghijklmnopqrstuvwxyz";

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
