/** Several names in one argument, with commas between them: a name that has commas of its own is put in double quotes. */

/**
 * `alice, group:"Front, back"` are `alice` and `group:Front, back`; inside quotes, `""` is a quote. Empty ones are left out.
 * Undefined where a quote is not closed.
 */
export function splitList(text: string): string[] | undefined {
	const names: string[] = [];
	let name = "";
	let quoted = false;
	for (let at = 0; at < text.length; at += 1) {
		const character = text.charAt(at);
		if (quoted && character === '"' && text.charAt(at + 1) === '"') {
			name += character;
			at += 1;
		} else if (character === '"') quoted = !quoted;
		else if (character === "," && !quoted) {
			names.push(name);
			name = "";
		} else name += character;
	}
	if (quoted) return undefined;
	return [...names, name].map((each) => each.trim()).filter((each) => each);
}

/** A name as `splitList` reads it back as one. */
export function listed(name: string): string {
	return /[",]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}
