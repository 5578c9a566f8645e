/** The script that completes words in zsh. */
import {
	type CompletedFlag,
	pattern,
	placesOf,
	type Vocabulary,
} from "./completion-words.ts";

export function zshScript({ program, nouns }: Vocabulary): string {
	const name = `_${program.replaceAll("-", "_")}`;
	const quoted = (text: string) =>
		text.replaceAll("'", "").replaceAll(/[[\]:]/g, " ");
	const flag = ({ name, text, takes }: CompletedFlag) => {
		const values =
			takes === "nothing"
				? ""
				: takes === "file"
					? ":file:_files"
					: takes === "anything"
						? ":value:"
						: `:value:(${takes.join(" ")})`;
		return `'*--${name}[${quoted(text)}]${values}'`;
	};
	const described = (list: readonly { name: string; text: string }[]) =>
		list.map((each) => `'${each.name}:${quoted(each.text)}'`).join(" ");
	return `#compdef ${program}
${name}() {
	local -a words_
	if (( CURRENT == 2 )); then
		words_=(${described(nouns)})
		_describe command words_
		return
	fi
	if (( CURRENT == 3 )); then
		case "$words[2]" in
${nouns
	.filter(({ verbs }) => verbs.length > 0)
	.map(
		(noun) =>
			`			${noun.name}) words_=(${described(noun.verbs)}); _describe command words_; return ;;`,
	)
	.join("\n")}
		esac
	fi
	case "$words[2] $words[3]" in
${placesOf(nouns)
	.map(
		({ words, flags }) =>
			`		${pattern(words)}) _arguments ${flags.map(flag).join(" ")} '*::' ;;`,
	)
	.join("\n")}
	esac
}
compdef ${name} ${program}
`;
}
