/** What one command of `persistent-chat` is: its words, what it takes, an example, and what it does with the service. */
import type { Check } from "../check/index.ts";
import type { Offline } from "../offline/evidence.ts";
import type { Ask } from "../socket/client.ts";
import type { Given } from "./given.ts";

export interface Flag {
	/** `NAME` for one with a value; without it the flag is on or off. */
	readonly value?: string;
	/** It may be given several times; what it takes may also be separated by commas. */
	readonly many?: true;
	/** One line. */
	readonly text: string;
}

/** Flags of every command. */
export const everywhere: Readonly<Record<string, Flag>> = {
	json: { text: "what it gives, as JSON for scripts" },
	socket: {
		value: "PATH",
		text: "of the running service; default: what its settings say",
	},
	config: {
		value: "FILE",
		text: "the service's settings; default: ./persistent-chat.yaml and the environment",
	},
	help: { text: "this text" },
};

export interface Command {
	/** The noun and the verb; or one word alone. */
	readonly words: readonly [string, string] | readonly [string];
	/** One line. */
	readonly summary: string;
	/** What stands behind the words: `NAME`, `[WORDS…]`. */
	readonly takes?: string;
	readonly flags?: Readonly<Record<string, Flag>>;
	/** Each without the name of the program. */
	readonly examples: readonly string[];
	run(given: Given, context: CommandContext): Promise<void>;
}

/** `of`: how much there is in all. */
export type Progress = (done: number, of?: number) => void;

/** What a command works with: the service, and the terminal that it was typed at. */
export interface CommandContext {
	readonly ask: Ask;
	/** What goes without the service. */
	readonly offline: Offline;
	/** Tries the service as its users do. */
	readonly check: Check;
	/** What the command gives: `result` for scripts (`--json`), or the text for people. */
	show(result: unknown, text: () => string): void;
	/** Where a long operation is, with a bar where it is known how much there is (`of`): shown on a terminal only. */
	progress(what: string): Progress;
	/** Resolves when it is wanted. Throws `Misuse` where nobody can be asked, `NotWanted`. */
	confirm(question: string): Promise<void>;
	/** A new password, from the file (`-`: standard input), or typed twice. Throws `Misuse`. */
	newPassword(file: string | undefined): Promise<string>;
}

/** The command line was wrong; the message says what would be right. */
export class Misuse extends Error {
	override readonly name = "Misuse";
}

/** The person at the terminal said no. */
export class NotWanted extends Error {
	override readonly name = "NotWanted";
}

/** What was to be proven is not so; what has been shown, or the message, says where. */
export class Unsound extends Error {
	override readonly name = "Unsound";
}

/** It was not done, for it could do harm; the message says what to do first. */
export class NotSafe extends Error {
	override readonly name = "NotSafe";
}

/** Nothing is proven to be wrong, but what is there is not all; what has been shown, or the message, says where. */
export class Incomplete extends Error {
	override readonly name = "Incomplete";
}

/** It was looked at, and is not well; what has been shown says how. The exit status is as monitoring systems have it. */
export class Unhealthy extends Error {
	override readonly name = "Unhealthy";
	readonly status: 1 | 2;

	constructor(status: 1 | 2) {
		super(status === 1 ? "The service is slow." : "The service has failed.");
		this.status = status;
	}
}
