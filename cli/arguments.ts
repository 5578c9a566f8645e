/** The command line of `persistent-chat`: which command, with what; and its help on every level. */
import { readFlags, WrongFlags } from "../client/terminal/flags.ts";
import {
	type Command,
	everywhere,
	type Flag,
	Misuse,
} from "./commands/command.ts";
import { createGiven, type Given } from "./commands/given.ts";

export interface Called {
	readonly command: Command;
	readonly given: Given;
	readonly json: boolean;
	readonly yes: boolean;
	readonly socket: string | undefined;
	readonly config: string | undefined;
}

/** What was asked for: a command, or help (its text). Throws `Misuse`. */
export function readArguments(
	commands: readonly Command[],
	program: string,
	argv: readonly string[],
): Called | { readonly help: string } {
	const [noun, verb] = argv;
	if (noun === undefined || noun === "--help" || noun === "-h") {
		return { help: overview(commands, program) };
	}
	const ofNoun = commands.filter(({ words }) => words[0] === noun);
	if (ofNoun.length === 0) {
		throw new Misuse(
			`There is no "${noun}" here: it is ${nounsOf(commands).join(", ")}.`,
		);
	}
	const [alone] = ofNoun;
	if (alone?.words.length === 1) {
		return readCommand(alone, program, argv.slice(1));
	}
	if (verb === undefined || verb === "--help" || verb === "-h") {
		return { help: nounHelp(ofNoun, program) };
	}
	const command = ofNoun.find(({ words }) => words[1] === verb);
	if (command === undefined) {
		const verbs = ofNoun.map(({ words }) => words[1]).join(", ");
		throw new Misuse(`There is no "${noun} ${verb}": it is ${verbs}.`);
	}
	return readCommand(command, program, argv.slice(2));
}

function readCommand(
	command: Command,
	program: string,
	args: readonly string[],
): Called | { readonly help: string } {
	const flags = { ...command.flags, ...everywhere };
	const { values, positionals } = parse(args, flags);
	if (values.help === true) return { help: commandHelp(command, program) };
	const given = createGiven(positionals, values);
	const most = positionalsOf(command);
	if (positionals.length > most) {
		throw new Misuse(
			`"${positionals[most]}" is too much: a name with blanks is put in quotes.`,
		);
	}
	return {
		command,
		given,
		json: given.has("json"),
		yes: given.has("yes"),
		socket: given.text("socket"),
		config: given.text("config"),
	};
}

function parse(args: readonly string[], flags: Readonly<Record<string, Flag>>) {
	try {
		return readFlags(args, flags);
	} catch (error) {
		if (!(error instanceof WrongFlags)) throw error;
		throw new Misuse(error.message, { cause: error });
	}
}

function positionalsOf({ takes = "" }: Command): number {
	if (takes.includes("…")) return Number.POSITIVE_INFINITY;
	return takes === "" ? 0 : takes.split(" ").length;
}

function nounsOf(commands: readonly Command[]): readonly string[] {
	return [...new Set(commands.map(({ words }) => words[0]))];
}

function overview(commands: readonly Command[], program: string): string {
	const nouns = nounsOf(commands).map((noun) => {
		const verbs = commands
			.filter(({ words }) => words[0] === noun)
			.map(({ words, summary }) => words[1] ?? summary);
		return `  ${noun.padEnd(14)} ${verbs.join(", ")}`;
	});
	return [
		`${program} NOUN VERB …, or ${program} WORD …`,
		"",
		"Administers the chat service that runs on this machine, through a socket that only the user who",
		"started it (and root) can open.",
		"",
		...nouns,
		"",
		`"${program} NOUN --help" and "${program} NOUN VERB --help" say more.`,
		"",
		"WHO is alice, alice@example.com, domain:example.com or group:NAME.",
		"Exit status: 0 done, 1 refused, 2 wrong arguments, 3 no service answers, 4 not all is there, or signed yet (compliance verify);",
		"check has its own: 0 well, 1 slow, 2 failed, 3 it could not be asked.",
	].join("\n");
}

function nounHelp(commands: readonly Command[], program: string): string {
	const usages = commands.map(usage);
	const width = Math.max(...usages.map(({ length }) => length));
	return [
		...commands.map(
			({ summary }, index) =>
				`  ${(usages[index] ?? "").padEnd(width)}  ${summary}`,
		),
		"",
		"For example:",
		...commands.map(({ examples }) => `  ${program} ${examples[0]}`),
	].join("\n");
}

export function usage({ words, takes }: Command): string {
	return [...words, ...(takes === undefined ? [] : [takes])].join(" ");
}

function commandHelp(command: Command, program: string): string {
	const flags = Object.entries({ ...command.flags, ...everywhere }).map(
		([name, { value, many, text }]) => ({
			left: `--${name}${value === undefined ? "" : ` ${value}`}`,
			text: many ? `${text}; several: again, or with commas` : text,
		}),
	);
	const width = Math.max(...flags.map(({ left }) => left.length));
	return [
		`${program} ${usage(command)} [options]`,
		"",
		`${command.summary}.`,
		"",
		...flags.map(({ left, text }) =>
			`  ${left.padEnd(width)}  ${text}`.trimEnd(),
		),
		"",
		"For example:",
		...command.examples.map((example) => `  ${program} ${example}`),
	].join("\n");
}
