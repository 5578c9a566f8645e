/**
 * Whether a text has certain words, as search finds them: whole words, but any characters in a row in scripts that put no
 * blanks between words; punctuation does not count.
 */
import { ChatError } from "../errors.ts";

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

const unspaced =
	"\\p{scx=Han}\\p{scx=Hiragana}\\p{scx=Katakana}\\p{scx=Hangul}\\p{scx=Bopomofo}\\p{scx=Thai}\\p{scx=Lao}\\p{scx=Khmer}\\p{scx=Myanmar}";
const unit = new RegExp(
	`(?=[\\p{L}\\p{N}\\p{M}])[${unspaced}]|(?:(?![${unspaced}])[\\p{L}\\p{N}\\p{M}])+`,
	"gu",
);
/** Stands in no unit. */
const between = " ";

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
	const row = (text: string) => rowOfUnits(text, caseCounts);
	const wanted = (match === "phrase" ? [words] : words.split(/\s+/u))
		.map(row)
		.filter((each) => each.trim() !== "");
	if (wanted.length === 0) {
		throw new ChatError("malformed", "Say at least one word.");
	}
	if (wanted.length > maxWords) {
		throw new ChatError("too-large", `Say at most ${maxWords} words.`);
	}
	return (text) => {
		const looked = row(text);
		const has = (each: string) => looked.includes(each);
		return match === "any" ? wanted.some(has) : wanted.every(has);
	};
}

function rowOfUnits(text: string, caseCounts: boolean): string {
	const form = text.normalize("NFKC");
	const folded = caseCounts
		? form
		: form.toLowerCase().replaceAll("ς", "σ").normalize("NFKC");
	const units = folded.match(unit) ?? [];
	return [...units.map((each) => between + each), between].join("");
}
