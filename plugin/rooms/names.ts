/**
 * The one rule for names of rooms, categories, groups and people: two that read the same are the same. So a name holds nothing
 * that is not seen, except where the way its script or an emoji is written depends on it.
 */
import { ChatError } from "../errors.ts";
import { checkText, type Wire } from "./checks.ts";
import { searchKey } from "./words.ts";

/** What takes no place, turns the direction of writing, marks or controls, and the one blank that is no white space. */
const unseen =
	"[\\p{Default_Ignorable_Code_Point}\\p{Cf}\\p{Cc}\\p{Zl}\\p{Zp}\\u2800]";

const viramas =
	"\\u094d\\u09cd\\u0a4d\\u0acd\\u0b4d\\u0bcd\\u0c4d\\u0ccd\\u0d4d\\u0dca";
const indic =
	"\\p{sc=Deva}\\p{sc=Beng}\\p{sc=Guru}\\p{sc=Gujr}\\p{sc=Orya}\\p{sc=Taml}\\p{sc=Telu}\\p{sc=Knda}\\p{sc=Mlym}\\p{sc=Sinh}";
/** Letters of Arabic that do not join to the next one anyway, and those that join to none. */
const joinsNoNext =
	"\\u0622-\\u0625\\u0627\\u0629\\u062f-\\u0632\\u0648\\u0671-\\u0673\\u0675-\\u0677\\u0688-\\u0699\\u06c0\\u06c3-\\u06cb\\u06cd\\u06cf\\u06d2\\u06d3\\u06d5\\u06ee\\u06ef";
const joinsNone = "\\u0621\\u0674";
const arabicBut = (these: string) =>
	`(?![${these}])(?=\\p{L})[\\u0620-\\u064a\\u066e-\\u06d5\\u06ee-\\u06fc]`;

/** Of what is unseen itself: what is seen by what it makes of its neighbours. */
const needed = [
	// Emoji, whole, as Unicode recommends them for interchange.
	"\\p{RGI_Emoji}",
	// Joiners and non-joiners by which letters are joined otherwise.
	`(?<=[${viramas}])[\\u200c\\u200d](?=(?=\\p{L})[${indic}])`,
	// The Bengali ra that keeps its form.
	"(?<=\\u09b0)\\u200d(?=\\u09cd)",
	`(?<=${arabicBut(joinsNoNext + joinsNone)}\\p{Mn}*)\\u200c(?=${arabicBut(joinsNone)})`,
].join("|");

/** From left to right what is needed, as `needed`, and what may not be there. */
const parts = new RegExp(`(?<needed>${needed})|${unseen}`, "gv");

/** The first character of a name that may not be in it, as `U+200B`; undefined when there is none. */
function unseenIn(name: string): string | undefined {
	for (const { 0: found, groups } of name.matchAll(parts)) {
		if (groups?.needed !== undefined) continue;
		const code = found.codePointAt(0)?.toString(16).toUpperCase() ?? "";
		return `U+${code.padStart(4, "0")}`;
	}
	return undefined;
}

/** Throws `malformed`, `too-large`. */
export function checkName(work: Wire, what: string, name: string): void {
	if (name.trim() === "") {
		throw new ChatError("malformed", `The ${what} needs a name.`);
	}
	if (name !== name.trim() || /[\r\n\t]/.test(name)) {
		throw new ChatError(
			"malformed",
			`The name of the ${what} may not begin or end with blanks, nor hold tabs or line ends.`,
		);
	}
	checkText(work, "A name", name);
	const hidden = unseenIn(name);
	if (hidden === undefined) return;
	throw new ChatError(
		"malformed",
		`The name of the ${what} may not hold ${hidden}, which is not seen there: the name would read as another one. Write it without.`,
	);
}

/** Colons, and what looks like one. */
const principalLike = /^(sips?|domain|group)\s*[:\u02d0\u02f8\u2236\ua789]/;

/** Who writes `group:x` where a group or a user may be named is to mean one thing. Throws `malformed`, `too-large`. */
export function checkGroupName(work: Wire, name: string): void {
	checkName(work, "group", name);
	// As names are compared: a full-width colon is a colon.
	if (!principalLike.test(searchKey(name))) return;
	throw new ChatError(
		"malformed",
		`"${name.slice(0, 80)}" cannot be the name of a group: it reads as a principal. Name it without what stands before the colon.`,
	);
}

/** What others say of somebody, as a name here; empty when nothing of it can be seen. */
export function fittingName(name: string): string {
	const seen = (text: string) =>
		text.replace(parts, (_, needed: string | undefined) => needed ?? "").trim();
	const oneLine = seen(name.replace(/\s+/g, " ")).replace(/\s+/g, " ");
	// The cut may part what belongs together.
	return seen([...oneLine].slice(0, 256).join(""));
}
