/** Asking the person at the terminal: yes or no, and for a password that is not shown. */
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline/promises";
import type { ReadStream } from "node:tty";
import { Misuse, NotWanted } from "./commands/command.ts";

type Input = NodeJS.ReadStream | ReadStream;

/** Resolves when the answer is yes. Throws `NotWanted`, or `Misuse` where nobody can be asked. */
export async function confirm(
	input: Input,
	output: NodeJS.WritableStream,
	question: string,
): Promise<void> {
	if (!input.isTTY) {
		throw new Misuse(
			`${question} There is no terminal to ask at: give --yes to do it unasked.`,
		);
	}
	const asking = createInterface({ input, output });
	// Ctrl-C and Ctrl-D end the question without an answer.
	const ended = new Promise<string>((resolve) =>
		asking.once("close", () => resolve("")),
	);
	try {
		const answer = await Promise.race([
			asking.question(`${question} [y/N] `),
			ended,
		]);
		if (/^y(es)?$/i.test(answer.trim())) return;
	} finally {
		asking.close();
	}
	throw new NotWanted("Nothing has been done.");
}

/** The first line of the file; `-` is standard input. Throws `Misuse` when it is empty or cannot be read. */
export async function passwordFrom(input: Input, file: string) {
	const content = file === "-" ? await wholeOf(input) : await contentOf(file);
	const password = content.split(/\r?\n/)[0] ?? "";
	if (password !== "") return password;
	throw new Misuse("The first line of --password-file is empty.");
}

/** Typed twice, not shown. Throws `Misuse` where nobody can be asked, `NotWanted`. */
export async function newPassword(
	input: Input,
	output: NodeJS.WritableStream,
): Promise<string> {
	if (!input.isTTY) {
		throw new Misuse(
			"A password is typed at a terminal, or comes from --password-file (- for standard input).",
		);
	}
	const password = await hidden(input, output, "New password: ");
	if (password === "") throw new Misuse("An empty password is none.");
	const again = await hidden(input, output, "The same again: ");
	if (again === password) return password;
	throw new Misuse("The two are not the same; nothing has been done.");
}

async function contentOf(file: string): Promise<string> {
	try {
		return await readFile(file, "utf8");
	} catch (error) {
		throw new Misuse(
			`The password cannot be read: ${error instanceof Error ? error.message : error}.`,
			{ cause: error },
		);
	}
}

const maxPasswordBytes = 10_000;

async function wholeOf(input: Input): Promise<string> {
	input.setEncoding("utf8");
	let text = "";
	for await (const part of input) {
		text += part;
		if (text.length > maxPasswordBytes) break;
	}
	return text;
}

/** One line without echo. */
function hidden(
	input: Input,
	output: NodeJS.WritableStream,
	prompt: string,
): Promise<string> {
	// Before the prompt: who sees that types, and must not be shown.
	input.setRawMode(true);
	input.setEncoding("utf8");
	input.resume();
	output.write(prompt);
	return new Promise((resolve, reject) => {
		let typed = "";
		const end = (finish: () => void) => {
			input.off("data", take);
			input.setRawMode(false);
			input.pause();
			output.write("\n");
			finish();
		};
		const take = (text: string) => {
			for (const character of text) {
				if (character === "\r" || character === "\n") {
					return end(() => resolve(typed));
				}
				if (character === "\u0003" || character === "\u0004") {
					return end(() => reject(new NotWanted("Nothing has been done.")));
				}
				const erases = character === "\u007f" || character === "\b";
				typed = erases ? [...typed].slice(0, -1).join("") : typed + character;
			}
		};
		input.on("data", take);
	});
}
