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
	{ name, description, addIn, alias, privacy }: RoomProperties,
	before?: Pick<RoomProperties, "name" | "addIn">,
): void {
	if (name !== before?.name) checkName(work, "room", name);
	checkText(work, "A description", description);
	checkAlias(alias, privacy);
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

const guidLike = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function checkAlias(
	alias: string | undefined,
	privacy: RoomProperties["privacy"],
): void {
	if (alias === undefined) return;
	if (privacy === "secret") {
		throw new ChatError(
			"malformed",
			"A secret room has no alias, for it could be guessed; its people write to the address with its id.",
		);
	}
	if (!/^[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?$/.test(alias)) {
		throw new ChatError(
			"malformed",
			"An alias has at most 64 of the letters a to z, digits, - and _, and begins and ends with a letter or a digit: lobby, floor-2.",
		);
	}
	if (guidLike.test(alias)) {
		throw new ChatError(
			"malformed",
			"An alias may not look like the id of a room; choose a word.",
		);
	}
}

function isWebAddress(url: string): boolean {
	return /^https?:\/\/[!#-;=?-~]+$/i.test(url) && URL.canParse(url);
}
