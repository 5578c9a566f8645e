/** The script that completes words in fish. */
import { placesOf, type Vocabulary } from "./completion-words.ts";

export function fishScript({ program, nouns }: Vocabulary): string {
	const quoted = (text: string) => `'${text.replaceAll("'", "")}'`;
	const all = nouns.map(({ name }) => name).join(" ");
	const lines = [
		`# fish completion of ${program}`,
		`complete -c ${program} -f`,
		...nouns.map(
			({ name, text }) =>
				`complete -c ${program} -n 'not __fish_seen_subcommand_from ${all}' -a ${name} -d ${quoted(text)}`,
		),
	];
	for (const { name, verbs } of nouns) {
		const names = verbs.map((verb) => verb.name).join(" ");
		for (const verb of verbs) {
			lines.push(
				`complete -c ${program} -n '__fish_seen_subcommand_from ${name}; and not __fish_seen_subcommand_from ${names}' -a ${verb.name} -d ${quoted(verb.text)}`,
			);
		}
	}
	for (const { words, flags } of placesOf(nouns)) {
		const where = words
			.map((word) => `__fish_seen_subcommand_from ${word}`)
			.join("; and ");
		for (const { name, text, takes } of flags) {
			const values =
				takes === "nothing"
					? ""
					: takes === "file"
						? " -r -F"
						: takes === "anything"
							? " -x"
							: ` -x -a ${quoted(takes.join(" "))}`;
			lines.push(
				`complete -c ${program} -n '${where}' -l ${name}${values} -d ${quoted(text)}`,
			);
		}
	}
	return `${lines.join("\n")}\n`;
}
