/** The flags of a command line, with faults told in sentences. */
import { parseArgs } from "node:util";

export interface FlagShape {
	/** `NAME` for one with a value; without it the flag is on or off. */
	readonly value?: string;
	/** It may be given several times; of any other one the last counts. */
	readonly many?: boolean;
}

/** What is wrong with the flags, and what would be right. */
export class WrongFlags extends Error {
	override readonly name = "WrongFlags";
}

export type FlagValue = string | boolean | readonly string[];

/** `-h` is `--help`; what stands behind `--` is no flag. Throws `WrongFlags`. */
export function readFlags(
	args: readonly string[],
	flags: Readonly<Record<string, FlagShape>>,
): {
	readonly values: Readonly<Record<string, FlagValue | undefined>>;
	readonly positionals: readonly string[];
} {
	const values: Record<string, FlagValue> = {};
	const positionals: string[] = [];
	for (const token of tokensOf(args, flags)) {
		if (token.kind === "positional") positionals.push(token.value);
		if (token.kind !== "option") continue;
		const { name, rawName, value, inlineValue } = token;
		const flag = Object.hasOwn(flags, name) ? flags[name] : undefined;
		if (flag === undefined) throw unknown(rawName, flags);
		if (flag.value === undefined) {
			if (value !== undefined) throw new WrongFlags(`--${name} has no value.`);
			values[name] = true;
			continue;
		}
		const given = givenValue(name, flag.value, value, inlineValue === true);
		const before = values[name];
		if (flag.many)
			values[name] = [...(Array.isArray(before) ? before : []), given];
		else values[name] = given;
	}
	return { values, positionals };
}

function tokensOf(
	args: readonly string[],
	flags: Readonly<Record<string, FlagShape>>,
) {
	const options = Object.fromEntries(
		Object.entries(flags).map(([name, { value }]) => [
			name,
			{
				type: value === undefined ? ("boolean" as const) : ("string" as const),
				...(name === "help" && { short: "h" }),
			},
		]),
	);
	// Not strict, so that it finds no faults: it would tell them in its own words.
	const lenient = {
		strict: false,
		allowPositionals: true,
		tokens: true,
	} as const;
	return parseArgs({ args: [...args], options, ...lenient }).tokens;
}

function givenValue(
	name: string,
	kind: string,
	value: string | undefined,
	inline: boolean,
): string {
	if (value === undefined) {
		throw new WrongFlags(`--${name} needs a value: --${name} ${kind}.`);
	}
	// A lone stroke stands for standard input.
	if (inline || !/^-./.test(value)) return value;
	throw new WrongFlags(
		`--${name} needs a value: --${name} ${kind}; one that begins with a stroke is written --${name}=${value}.`,
	);
}

function unknown(
	given: string,
	flags: Readonly<Record<string, FlagShape>>,
): WrongFlags {
	const name = given.replace(/^-+/, "");
	const like = Object.keys(flags).find(
		(each) => name !== "" && (each.startsWith(name) || name.startsWith(each)),
	);
	const hint = like === undefined ? "" : ` Is it --${like} that you mean?`;
	return new WrongFlags(`There is no ${given} here.${hint}`);
}
