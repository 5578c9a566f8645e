/** `persistent-chat completion`: what a shell needs to complete words, made of the table of commands. */
import { type Command, Misuse } from "./command.ts";
import { bashScript } from "./completion-bash.ts";
import { fishScript } from "./completion-fish.ts";
import { type Vocabulary, vocabularyOf } from "./completion-words.ts";
import { zshScript } from "./completion-zsh.ts";

type Shell = "bash" | "zsh" | "fish";

const shells: Readonly<Record<Shell, (words: Vocabulary) => string>> = {
	bash: bashScript,
	zsh: zshScript,
	fish: fishScript,
};

/** `commands` is asked when it is typed, for the table holds this command too. */
export function completionCommand(commands: () => readonly Command[]): Command {
	return {
		words: ["completion"],
		summary: "Print what a shell needs to complete this command's words",
		takes: "bash|zsh|fish",
		examples: ["completion bash > /etc/bash_completion.d/persistent-chat"],
		async run(given, { show }) {
			const shell = given.argument(0, "bash, zsh or fish");
			if (!isShell(shell)) {
				throw new Misuse(
					`Words are completed for bash, zsh or fish, not "${shell}".`,
				);
			}
			const script = shells[shell](vocabularyOf(commands()));
			show({ shell, script }, () => script.trimEnd());
		},
	};
}

function isShell(text: string): text is Shell {
	return Object.hasOwn(shells, text);
}
