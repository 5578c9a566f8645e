/** How many columns text takes on a terminal: letters of Chinese, Japanese and Korean, and emoji, take two. */

/** What Unicode calls wide or fullwidth, by blocks; emoji are known by their properties. */
const wide =
	/[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{1b2ff}\u{1f200}-\u{1f2ff}\u{20000}-\u{3fffd}]/u;
/** Marks above and below, joiners and selectors, the later parts of a Korean syllable. */
const noWidth = /[\p{Mn}\p{Me}\p{Cf}\u1160-\u11ff]/u;
/** Shown as a picture by itself, or asked to be by the selector behind it. */
const emoji =
	/^\p{Emoji_Presentation}|^\p{Extended_Pictographic}.*\ufe0f|^[0-9#*]\ufe0f?\u20e3/u;

const graphemes = new Intl.Segmenter("und", { granularity: "grapheme" });

/** Of one line without control characters. */
export function widthOf(text: string): number {
	let width = 0;
	for (const { segment } of graphemes.segment(text)) {
		width += emoji.test(segment) ? 2 : widthOfLetters(segment);
	}
	return width;
}

function widthOfLetters(text: string): number {
	let width = 0;
	for (const character of text) {
		if (noWidth.test(character)) continue;
		width += wide.test(character) ? 2 : 1;
	}
	return width;
}

/** With blanks behind it up to so many columns. */
export function padded(text: string, columns: number): string {
	return text + " ".repeat(Math.max(0, columns - widthOf(text)));
}
