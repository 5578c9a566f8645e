/**
 * The words that somebody asks for, and whether a text has them, as search finds them: whole words, but any characters in a
 * row in scripts that put no blanks between words; punctuation does not count.
 */
import { ChatError } from "../errors.ts";
import { phraseOf, phrasesIn, unitsOf } from "./words.ts";

export interface Wording {
	/** Words with blanks between them. */
	readonly words: string;
	/** `all` of them, `any` of them, or just so, as one `phrase`. */
	readonly match: "all" | "any" | "phrase";
	/** Default false. */
	readonly caseCounts?: boolean | undefined;
}

const maxWords = 20;
const maxLength = 1_000;

/**
 * The words of a query; of a `phrase`, the whole as one. `counts`: what is a word, by default all between blanks. Throws
 * `too-large` above 20 words or 1,000 characters.
 */
export function wordsOf(
	text: string,
	match: Wording["match"] = "all",
	counts: (word: string) => boolean = (word) => word !== "",
): readonly string[] {
	if (text.length > maxLength) {
		throw new ChatError(
			"too-large",
			`The words of a search have at most ${maxLength} characters.`,
		);
	}
	const parts = match === "phrase" ? [text] : text.split(/\s+/u);
	const words = parts.filter(counts);
	if (words.length > maxWords) {
		throw new ChatError(
			"too-large",
			`A search takes at most ${maxWords} words.`,
		);
	}
	return words;
}

/** As `wordsOf`; throws `malformed` when nothing is left to look for. `unitsOf`: what is looked for of a word. */
export function phrasesOf(
	{ words, match }: Wording,
	unitsOf: (text: string) => readonly string[],
): readonly string[] {
	const phrases = wordsOf(words, match, (word) => unitsOf(word).length > 0);
	if (phrases.length > 0) return phrases;
	throw new ChatError(
		"malformed",
		"A search needs at least one word of letters or digits.",
	);
}

/** Throws `malformed` without words, `too-large`. */
export function wordMatcher(wording: Wording): (text: string) => boolean {
	const { match, caseCounts: matchCase = false } = wording;
	const units = (text: string) => unitsOf(text, matchCase);
	const wanted = phrasesOf(wording, units).map((phrase) =>
		phraseOf(phrase, matchCase),
	);
	return (text) => {
		const has = phrasesIn(text, matchCase);
		return match === "any" ? wanted.some(has) : wanted.every(has);
	};
}
