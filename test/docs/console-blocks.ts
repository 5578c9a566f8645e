/** The `console` blocks of a page: what is typed into which terminal, and what is seen there. */

export interface Step {
	/** The terminal, by the word behind `console`. */
	readonly terminal: string;
	/** A command of the shell, a line typed into what runs there, or nothing but what is seen. */
	readonly typed: { readonly command: string } | { readonly line: string };
	/** What is seen after it, line by line: `…` stands for anything, `12:00` for any time. */
	readonly seen: readonly RegExp[];
}

const block = /^```console (\w+)\n(.*?)^```$/gms;

export function stepsOf(page: string): readonly Step[] {
	return [...page.matchAll(block)].flatMap(([, terminal = "", text = ""]) =>
		stepsIn(terminal, text.trimEnd().split("\n")),
	);
}

function stepsIn(terminal: string, lines: readonly string[]): readonly Step[] {
	const steps: { terminal: string; typed: Step["typed"]; seen: RegExp[] }[] =
		[];
	for (const line of lines) {
		const command = /^\$ (.*)$/.exec(line)?.[1];
		const input = /^[\w ]*> (.*)$/.exec(line)?.[1];
		if (command !== undefined) {
			steps.push({ terminal, typed: { command }, seen: [] });
		} else if (input !== undefined) {
			steps.push({ terminal, typed: { line: input }, seen: [] });
		} else {
			if (steps.length === 0) {
				steps.push({ terminal, typed: { line: "" }, seen: [] });
			}
			steps.at(-1)?.seen.push(pattern(line));
		}
	}
	return steps;
}

function pattern(line: string): RegExp {
	const text = line
		.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
		.replaceAll("…", ".*")
		.replace(/^\d\d:\d\d /, "\\d\\d:\\d\\d ");
	return new RegExp(`^${text}$`);
}
