/** What one command of the terminal chat is: a line that begins with a stroke. */
import type { Conversation } from "../conversation.ts";

export interface TypedCommand {
	/** Without the stroke. */
	readonly word: string;
	/** What follows it: `ROOM`, `[WORDS]`. */
	readonly takes?: string;
	/** For /help, in one line. */
	readonly does: string;
	/** `rest`: what follows the word. Throws `Misuse`, `ChatRefused` and its like. */
	run(conversation: Conversation, rest: string): void | Promise<void>;
}
