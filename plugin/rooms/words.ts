/**
 * How text is compared, and what it is found by, everywhere alike. A text is a row of *units*: words in their search form, and
 * single characters in scripts that put no blanks between words (Chinese, Japanese, Korean, Thai …). Punctuation and blanks
 * part units and do not count otherwise.
 */

/** Equal for texts that differ only in case, width, composition or final sigma. */
export function searchKey(text: string): string {
	return text
		.normalize("NFKC")
		.toLowerCase()
		.replaceAll("ς", "σ")
		.normalize("NFKC")
		.trim();
}

/** What is looked for: these units, one behind the other. */
export interface Phrase {
	readonly units: readonly string[];
}

/** Of a longer phrase the first are looked for: what a look takes is bounded by it. */
const maxPhraseUnits = 100;
/** Stands in no unit. */
const between = "\0";

const unspaced =
	"\\p{scx=Han}\\p{scx=Hiragana}\\p{scx=Katakana}\\p{scx=Hangul}\\p{scx=Bopomofo}\\p{scx=Thai}\\p{scx=Lao}\\p{scx=Khmer}\\p{scx=Myanmar}";
const unitPattern = new RegExp(
	`(?=[\\p{L}\\p{N}\\p{M}])[${unspaced}]|(?:(?![${unspaced}])[\\p{L}\\p{N}\\p{M}])+`,
	"gu",
);

/** The units of a text in their order. */
export function unitsOf(text: string, matchCase: boolean): readonly string[] {
	const form = matchCase ? text.normalize("NFKC") : searchKey(text);
	return form.match(unitPattern) ?? [];
}

/** Letter case counts for `matchCase`. */
export function phraseOf(text: string, matchCase: boolean): Phrase {
	return { units: unitsOf(text, matchCase).slice(0, maxPhraseUnits) };
}

/** Which of several phrases, made with the same `matchCase`, a text has: it is cut into units once. */
export function phrasesIn(
	text: string,
	matchCase: boolean,
): (phrase: Phrase) => boolean {
	const row = rowOf(unitsOf(text, matchCase));
	return ({ units }) => row.includes(rowOf(units));
}

function rowOf(units: readonly string[]): string {
	return `${between}${units.join(between)}${between}`;
}
