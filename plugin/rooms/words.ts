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
	/** Letter case counts. */
	readonly matchCase: boolean;
}

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

export function hasPhrase(text: string, { units, matchCase }: Phrase): boolean {
	const all = unitsOf(text, matchCase);
	return all.some((_, start) =>
		units.every((unit, index) => all[start + index] === unit),
	);
}
