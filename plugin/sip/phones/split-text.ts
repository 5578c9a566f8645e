/** A text in pieces that fit a SIP MESSAGE each: RFC 3428 allows 1,300 bytes in all where congestion may be. */

/** UTF-8 bytes of a body; the rest is left to the headers. */
export const pieceBytes = 800;
/** For `(12/14) `. */
const countBytes = 10;

/** With several, each says which it is of how many. Parted at a line end or a blank where there is one; nothing is left out. */
export function splitText(text: string, bytes = pieceBytes): readonly string[] {
	if (Buffer.byteLength(text) <= bytes) return [text];
	const pieces: string[] = [];
	for (let rest = text; rest !== ""; ) {
		const piece = firstPiece(rest, bytes - countBytes);
		pieces.push(piece.trimEnd());
		rest = rest.slice(piece.length);
	}
	return pieces.map((piece, at) => `(${at + 1}/${pieces.length}) ${piece}`);
}

function firstPiece(text: string, bytes: number): string {
	let taken = "";
	let used = 0;
	for (const character of text) {
		used += Buffer.byteLength(character);
		if (used > bytes) break;
		taken += character;
	}
	if (taken.length === text.length) return taken;
	const gap = Math.max(taken.lastIndexOf("\n"), taken.lastIndexOf(" "));
	return gap > taken.length / 2 ? taken.slice(0, gap + 1) : taken;
}
