/** Where the words that were searched for stand in a text. */

export interface Piece {
	readonly text: string;
	readonly isHit: boolean;
}

/** Scripts without blanks between words: a hit is a hit, whatever stands beside it. */
const joined =
	/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;

/** The text cut into pieces; joined they are the text. Words are hit whole, in whatever case, as the search finds them. */
export function hits(text: string, words: readonly string[]): readonly Piece[] {
	const sought = words
		.filter((word) => word !== "")
		.sort((a, b) => b.length - a.length)
		.map((word) => (joined.test(word) ? escaped(word) : whole(word)));
	if (sought.length === 0) return [{ text, isHit: false }];
	const pieces: Piece[] = [];
	let end = 0;
	for (const { 0: found, index } of text.matchAll(
		new RegExp(sought.join("|"), "giu"),
	)) {
		if (index > end) {
			pieces.push({ text: text.slice(end, index), isHit: false });
		}
		pieces.push({ text: found, isHit: true });
		end = index + found.length;
	}
	if (end < text.length) pieces.push({ text: text.slice(end), isHit: false });
	return pieces;
}

/** No more than so much of the text, with the first hit in it; `…` where it is cut. */
export function around(
	text: string,
	words: readonly string[],
	mostCharacters: number,
): string {
	if (text.length <= mostCharacters) return text;
	const pieces = hits(text, words);
	const first = pieces.findIndex(({ isHit }) => isHit);
	const before = pieces.slice(0, Math.max(0, first)).map((each) => each.text);
	const at = first < 0 ? 0 : before.join("").length;
	const start = Math.max(
		0,
		Math.min(at - mostCharacters / 4, text.length - mostCharacters),
	);
	const cut = text.slice(start, start + mostCharacters);
	const isEnd = start + mostCharacters >= text.length;
	return `${start > 0 ? "…" : ""}${cut}${isEnd ? "" : "…"}`;
}

function whole(word: string): string {
	return `(?<![\\p{L}\\p{N}])${escaped(word)}(?![\\p{L}\\p{N}])`;
}

function escaped(text: string): string {
	return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
