/** What can be typed at this command, as a shell that completes words is to know it. */
import { type Command, everywhere } from "./command.ts";

/** What can be typed, without how it is told to a shell. */
export interface Vocabulary {
	readonly program: string;
	readonly nouns: readonly Noun[];
}

export interface Noun {
	readonly name: string;
	readonly text: string;
	/** Empty for a command of one word. */
	readonly verbs: readonly Verb[];
	/** Of a command of one word. */
	readonly flags: readonly CompletedFlag[];
}

interface Verb {
	readonly name: string;
	readonly text: string;
	readonly flags: readonly CompletedFlag[];
}

export interface CompletedFlag {
	readonly name: string;
	readonly text: string;
	/** `file`: a path; a list: one of these; else anything. */
	readonly takes: "nothing" | "file" | "anything" | readonly string[];
}

export function vocabularyOf(commands: readonly Command[]): Vocabulary {
	const nouns = [...new Set(commands.map(({ words }) => words[0]))];
	return {
		program: "persistent-chat",
		nouns: nouns.map((name) => {
			const ofNoun = commands.filter(({ words }) => words[0] === name);
			const alone = ofNoun.find(({ words }) => words.length === 1);
			return {
				name,
				text: alone?.summary ?? `${ofNoun.length} commands`,
				flags: alone === undefined ? [] : flagsOf(alone),
				verbs: ofNoun.flatMap((command) =>
					command.words.length === 1
						? []
						: [
								{
									name: command.words[1],
									text: command.summary,
									flags: flagsOf(command),
								},
							],
				),
			};
		}),
	};
}

function flagsOf(command: Command) {
	return Object.entries({ ...command.flags, ...everywhere }).map(
		([name, { value, text }]): CompletedFlag => ({
			name,
			text,
			takes: takenBy(value),
		}),
	);
}

function takenBy(value: string | undefined): CompletedFlag["takes"] {
	if (value === undefined) return "nothing";
	if (/^(FILE|PATH|FOLDER)$/.test(value)) return "file";
	return /^[a-z|-]+\|[a-z|-]+$/.test(value) ? value.split("|") : "anything";
}

/** Of a command of one word whatever follows it. */
export function pattern(words: readonly string[]): string {
	return words.length === 1 ? `"${words[0]} "*` : `"${words.join(" ")}"`;
}

export interface Place {
	readonly words: readonly string[];
	readonly flags: readonly CompletedFlag[];
}

export function placesOf(nouns: readonly Noun[]): readonly Place[] {
	return nouns.flatMap(({ name, verbs, flags }): Place[] =>
		verbs.length === 0
			? [{ words: [name], flags }]
			: verbs.map((verb) => ({ words: [name, verb.name], flags: verb.flags })),
	);
}
