/** The words of the command, completed by a real bash; and what other shells are given. */
import { deepEqual, equal, match } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import type { CommandContext } from "../../cli/commands/command.ts";
import { completionCommand } from "../../cli/commands/completion.ts";
import { createGiven } from "../../cli/commands/given.ts";
import { commands } from "../../cli/commands/index.ts";

async function scriptFor(shell: string): Promise<string> {
	let script = "";
	const context = {
		show(_: unknown, text: () => string) {
			script = text();
		},
	} as unknown as CommandContext;
	await completionCommand(() => commands).run(
		createGiven([shell], {}),
		context,
	);
	return script;
}

/** What a bash without any files of its own offers for these words, the last of which is being typed. */
function offered(script: string, ...words: readonly string[]) {
	const line = [
		script,
		`COMP_WORDS=(persistent-chat ${words.map((word) => `'${word}'`).join(" ")})`,
		`COMP_CWORD=${words.length}`,
		"_persistent_chat",
		`printf '%s\\n' "\${COMPREPLY[@]}"`,
	].join("\n");
	const output = execFileSync("bash", ["--norc", "--noprofile"], {
		input: line,
		encoding: "utf8",
	});
	return output.split("\n").filter((word) => word !== "");
}

describe("completion", () => {
	it("in bash offers nouns, verbs, options and their values", async () => {
		const script = await scriptFor("bash");
		deepEqual(offered(script, "comp"), ["compliance", "completion"]);
		deepEqual(offered(script, "pool", ""), [
			"state",
			"drain",
			"resume",
			"--help",
		]);
		deepEqual(offered(script, "room", "list", "--priv"), ["--privacy"]);
		deepEqual(offered(script, "room", "list", "--privacy", ""), [
			"open",
			"closed",
			"secret",
		]);
		deepEqual(offered(script, "audit", "--outc"), ["--outcome"]);
		deepEqual(offered(script, "audit", "--last", "5", "--door", "s"), ["sip"]);
		deepEqual(offered(script, "room", "list", "Lob"), []);
	});

	it("in bash is taken for the command by its name", async () => {
		const script = `${await scriptFor("bash")}\ncomplete -p persistent-chat`;
		equal(
			execFileSync("bash", ["--norc", "--noprofile"], {
				input: script,
				encoding: "utf8",
			}),
			"complete -o default -F _persistent_chat persistent-chat\n",
		);
	});

	it("for zsh and fish names every command", async () => {
		for (const shell of ["zsh", "fish"]) {
			const script = await scriptFor(shell);
			for (const { words } of commands) {
				match(script, new RegExp(`\\b${words.at(-1)}\\b`), shell);
			}
		}
	});
});
