/** Whom one is about to mention: what stands before the caret, and who in the room is called so. Pure. */
import type { Named } from "./mentions.ts";

/** A mention that is being typed. */
export interface Begun {
	/** Where its `@` stands. */
	readonly start: number;
	/** What follows it, up to the caret. */
	readonly words: string;
}

export interface Suggestion extends Named {
	/** What is written for him, behind the `@`: it means nobody else here. */
	readonly as: string;
}

export const mostSuggestions = 6;
const longestName = 60;

/** Undefined where the caret stands in no mention: an address of e-mail is none. */
export function begunAt(text: string, caret: number): Begun | undefined {
	const from = Math.max(0, caret - longestName - 2);
	const match = /(?<![\p{L}\p{N}_.])@([^@\n]*)$/u.exec(text.slice(from, caret));
	if (!match) return undefined;
	return { start: from + match.index, words: match[1] ?? "" };
}

/** Those whose name, a word of it or whose address begins with the words; in the order given, each once. */
export function suggestionsFor(
	words: string,
	people: readonly Named[],
): readonly Suggestion[] {
	const sought = words.toLowerCase();
	const all = [
		...new Map(people.map((each) => [each.uri.toLowerCase(), each])).values(),
	];
	return all
		.filter(({ uri, name }) =>
			[name, userPartOf(uri), ...name.split(/\s+/)].some((each) =>
				each.toLowerCase().startsWith(sought),
			),
		)
		.slice(0, mostSuggestions)
		.map(({ uri, name }) => {
			const isShared = all.some(
				(each) =>
					each.uri !== uri && each.name.toLowerCase() === name.toLowerCase(),
			);
			const isUseful = name !== "" && !isShared;
			return { uri, name, as: isUseful ? name : userPartOf(uri) };
		});
}

function userPartOf(uri: string): string {
	return /^(?:sips?:)?([^@]+)/i.exec(uri)?.[1] ?? "";
}
