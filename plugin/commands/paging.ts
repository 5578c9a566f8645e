/** Long lists asked for page by page: `<page after maxResults>` → `<page moreAvailable after>`. */
import { ChatError } from "../errors.ts";
import type { UserUri } from "../rooms/types.ts";
import { element, optionalAttribute, type XmlElement } from "../xccos/xml.ts";

export const defaultResults = 100;

/** Its `maxResults`. Throws `ChatError('malformed')`. */
export function decodeLimit(from: XmlElement): number {
	const text = optionalAttribute(from, "maxResults") ?? String(defaultResults);
	if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
	throw new ChatError(
		"malformed",
		"maxResults must be a whole number of at least 1.",
	);
}

/** Whether there are more, and after whom the next ones are to be asked for. */
export function page(more: boolean, last?: UserUri): XmlElement {
	return element("page", {
		moreAvailable: String(more),
		after: more ? last : undefined,
	});
}
