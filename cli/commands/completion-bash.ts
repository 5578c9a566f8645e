/** The script that completes words in bash. */
import {
	type CompletedFlag,
	type Place,
	pattern,
	placesOf,
	type Vocabulary,
} from "./completion-words.ts";

/** Nothing but the shell itself: no file of bash-completion is needed. */
export function bashScript({ program, nouns }: Vocabulary): string {
	const name = `_${program.replaceAll("-", "_")}`;
	const flags = (list: readonly CompletedFlag[]) =>
		list.map((flag) => `--${flag.name}`).join(" ");
	const places = placesOf(nouns);
	return `# bash completion of ${program}
${name}() {
	local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
	local noun="\${COMP_WORDS[1]}" verb="\${COMP_WORDS[2]}" words=""
	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		COMPREPLY=($(compgen -W "${nouns.map((noun) => noun.name).join(" ")} --help" -- "$word"))
		return
	fi
	if [ "$COMP_CWORD" -eq 2 ]; then
		case "$noun" in
${nouns
	.filter(({ verbs }) => verbs.length > 0)
	.map(
		(noun) =>
			`			${noun.name}) words="${noun.verbs.map((verb) => verb.name).join(" ")} --help" ;;`,
	)
	.join("\n")}
		esac
		if [ -n "$words" ]; then
			COMPREPLY=($(compgen -W "$words" -- "$word"))
			return
		fi
	fi
	case "$noun $verb $before" in
${places
	.flatMap(({ words, flags: list }) =>
		list.flatMap(({ name, takes }) =>
			typeof takes === "string"
				? []
				: [`		${pattern(words)}" --${name}") words="${takes.join(" ")}" ;;`],
		),
	)
	.join("\n")}
		*" --"*)
			case "$before" in
				${fileFlags(places).join("|") || "--none"})
					COMPREPLY=($(compgen -f -- "$word"))
					return ;;
			esac ;;
	esac
	if [ -n "$words" ]; then
		COMPREPLY=($(compgen -W "$words" -- "$word"))
		return
	fi
	case "$noun $verb" in
${places
	.map(
		({ words, flags: list }) =>
			`		${pattern(words)}) words="${flags(list)}" ;;`,
	)
	.join("\n")}
	esac
	[ "\${word:0:1}" = "-" ] && COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F ${name} ${program}
`;
}

function fileFlags(places: readonly Place[]): readonly string[] {
	const names = places.flatMap(({ flags }) =>
		flags.filter(({ takes }) => takes === "file").map(({ name }) => name),
	);
	return [...new Set(names)].map((name) => `--${name}`);
}
