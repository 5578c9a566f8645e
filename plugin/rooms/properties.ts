/** What the properties of a room must be like before they are kept. */
import { isDeepStrictEqual } from "node:util";
import { ChatError } from "../errors.ts";
import { checkText, type Wire } from "./checks.ts";
import { checkName } from "./names.ts";
import type { AddIn, RoomProperties } from "./types.ts";

/** With it and everything else at its longest a room still fits into one message of the wire. */
const maxUrlLength = 1_024;

/** What is as it was `before` is not looked at: rules came later than some names. Throws `malformed`, `too-large`. */
export function checkProperties(
	work: Wire,
	{ name, description, addIn }: RoomProperties,
	before?: Pick<RoomProperties, "name" | "addIn">,
): void {
	if (name !== before?.name) checkName(work, "room", name);
	checkText(work, "A description", description);
	if (addIn === undefined || isDeepStrictEqual(addIn, before?.addIn)) return;
	checkAddIn(work, addIn);
}

/** Throws `malformed`, `too-large`. */
export function checkAddIn(work: Wire, addIn: AddIn): void {
	checkName(work, "add-in", addIn.name);
	if (addIn.url.length > maxUrlLength || !isWebAddress(addIn.url)) {
		throw new ChatError(
			"malformed",
			`An add-in needs the address of a page, like https://example.com/, of at most ${maxUrlLength} ASCII characters.`,
		);
	}
}

function isWebAddress(url: string): boolean {
	return /^https?:\/\/[!#-;=?-~]+$/i.test(url) && URL.canParse(url);
}
