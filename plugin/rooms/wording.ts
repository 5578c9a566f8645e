/**
 * Whether a text has certain words, as search finds them: whole words, but any characters in a row in scripts that put no
 * blanks between words; punctuation does not count.
 */
import { ChatError } from "../errors.ts";
import { hasPhrase, type Phrase, unitsOf } from "./words.ts";

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

/** Throws `malformed` without words, `too-large`. */
export function wordMatcher({
	words,
	match,
	caseCounts = false,
}: Wording): (text: string) => boolean {
	if (words.length > maxLength) {
		throw new ChatError(
			"too-large",
			`The words have at most ${maxLength} characters.`,
		);
	}
	const wanted = (match === "phrase" ? [words] : words.split(/\s+/u))
		.map((each) => ({
			units: unitsOf(each, caseCounts),
			matchCase: caseCounts,
		}))
		.filter(({ units }) => units.length > 0);
	if (wanted.length === 0) {
		throw new ChatError("malformed", "Say at least one word.");
	}
	if (wanted.length > maxWords) {
		throw new ChatError("too-large", `Say at most ${maxWords} words.`);
	}
	return (text) => {
		const has = (phrase: Phrase) => hasPhrase(text, phrase);
		return match === "any" ? wanted.some(has) : wanted.every(has);
	};
}
