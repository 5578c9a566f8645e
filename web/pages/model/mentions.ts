/** Where a message names somebody or links to something: as the service counts names, so that page and badge agree. */

/** A stretch of a text. */
export interface Stretch {
	readonly kind: "text" | "mention" | "link" | "file";
	readonly text: string;
}

export interface Named {
	/** `sip:alice@example.com` */
	readonly uri: string;
	readonly name: string;
}

/** `@alice` or `@Alice Smith`, whatever the case, not as a part of a longer name or address. */
export function mentions(text: string, who: Named): boolean {
	return stretches(text, who).some(({ kind }) => kind === "mention");
}

/** The text cut into stretches; joined they are the text. */
export function stretches(text: string, who: Named): readonly Stretch[] {
	const userPart = /^(?:sips?:)?([^@]+)/i.exec(who.uri)?.[1] ?? "";
	const names = [who.name, userPart]
		.filter((name) => name !== "")
		.map((name) => escaped(name))
		.join("|");
	const pattern = new RegExp(
		`(?<mention>(?<![\\p{L}\\p{N}])@(?:${names})(?![.\\-]?[\\p{L}\\p{N}_]))|(?<link>https?://[^\\s<>"']+)|(?<file>ma-filelink://[^\\s<>"]+)`,
		"giu",
	);
	const found: Stretch[] = [];
	let end = 0;
	for (const match of text.matchAll(pattern)) {
		const kinds = ["mention", "link", "file"] as const;
		const kind =
			kinds.find((each) => match.groups?.[each] !== undefined) ?? "text";
		const whole =
			kind === "link" ? match[0].replace(/[.,;:!?)\]]+$/, "") : match[0];
		if (match.index > end) {
			found.push({ kind: "text", text: text.slice(end, match.index) });
		}
		found.push({ kind, text: whole });
		end = match.index + whole.length;
	}
	if (end < text.length) found.push({ kind: "text", text: text.slice(end) });
	return found;
}

function escaped(text: string): string {
	return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
