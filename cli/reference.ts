/** The reference of every command, made of the table of commands: the part of docs/commands.md between its two marks. */
import { usage } from "./arguments.ts";
import { type Command, everywhere, type Flag } from "./commands/command.ts";

const begin = "<!-- commands: written by npm run docs:commands -->";
const end = "<!-- /commands -->";

/** The page with its reference made anew; the rest of it stays. Throws when it has no marks. */
export function withReference(
	page: string,
	commands: readonly Command[],
): string {
	const from = page.indexOf(begin);
	const to = page.indexOf(end);
	if (from < 0 || to < from) throw new Error("the page has lost its marks");
	const head = page.slice(0, from + begin.length);
	return `${head}\n\n${reference(commands)}\n\n${page.slice(to)}`;
}

function reference(commands: readonly Command[]): string {
	const nouns = [...new Set(commands.map(({ words }) => words[0]))];
	const everyFlag = flagsTable(everywhere);
	return [
		"## Options of every command",
		everyFlag,
		...nouns.map((noun) =>
			[
				`## ${noun}`,
				...commands.filter(({ words }) => words[0] === noun).map(section),
			].join("\n\n"),
		),
	].join("\n\n");
}

function section(command: Command): string {
	return [
		`### \`${usage(command)}\``,
		`${command.summary}.`,
		...(Object.keys(command.flags ?? {}).length === 0
			? []
			: [flagsTable(command.flags ?? {})]),
		command.examples
			.map((example) => `    persistent-chat ${example}`)
			.join("\n"),
	].join("\n\n");
}

function flagsTable(flags: Readonly<Record<string, Flag>>): string {
	const rows = Object.entries(flags).map(
		([name, { value, many, text }]) =>
			`| \`--${name}${value === undefined ? "" : ` ${value.replaceAll("|", "\\|")}`}\` | ${text.replaceAll("|", "\\|")}${many ? " (several: again, or with commas)" : ""} |`,
	);
	return ["| option | |", "|---|---|", ...rows].join("\n");
}
