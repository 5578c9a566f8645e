/** Text of strangers for a terminal: nothing in it can move the cursor, change colours, ring, or pretend to be another line. */

const tab = 0x09;
const lineFeed = 0x0a;
const del = 0x7f;

/** Makes text safe to print. Control characters become their pictures (␛ for escape), direction overrides vanish. */
export function harmless(text: string): string {
	let safe = "";
	for (const character of text) safe += harmlessCharacter(character);
	return safe;
}

/** The same on one line, for names. */
export function harmlessLine(text: string): string {
	return harmless(text).replace(/[\n\t\u2028\u2029]+/g, " ");
}

function harmlessCharacter(character: string): string {
	const code = character.codePointAt(0) ?? 0;
	if (code === tab || code === lineFeed) return character;
	if (code < 0x20) return String.fromCodePoint(0x2400 + code);
	if (code === del) return "\u2421";
	if (code >= 0x80 && code <= 0x9f) return "\ufffd";
	return isDirectionOverride(code) ? "" : character;
}

/** Embeddings, overrides and isolates: they could turn the rest of the line around. Right-to-left letters need none of them. */
function isDirectionOverride(code: number): boolean {
	return (
		(code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069)
	);
}

/** A refusal without the symbolic name that the service puts before its sentence: `ERROR_X: no` is `No`. */
export function refusalText(text: string): string {
	const sentence = text.replace(/^[A-Z]+(_[A-Z]+)+:\s*/, "");
	return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}`;
}
