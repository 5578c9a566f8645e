/** Lines in and out: on a terminal, what comes in does not tear the line being typed; through pipes, plain lines. */
import { once } from "node:events";
import readline from "node:readline";
import { widthOf } from "./width.ts";

export interface Screen {
	/** Stdin and stdout are a terminal. */
	readonly interactive: boolean;
	print(text: string): void;
	/** For what went wrong: on stderr where that is not the same terminal. */
	complain(text: string): void;
	/** What stands before the line being typed. */
	setPrompt(text: string): void;
	/** Calls `line` for every line typed, then `end` once: the input ended, or Ctrl-C or Ctrl-D was pressed. */
	start(line: (text: string) => void, end: () => void): void;
	/** Nothing more is read. */
	stop(): void;
	/** Everything printed has left. */
	flush(): Promise<void>;
}

type Output = NodeJS.WriteStream;

export function openScreen(
	input: NodeJS.ReadStream,
	output: Output,
	errors: Output,
): Screen {
	return input.isTTY && output.isTTY
		? new Terminal(input, output)
		: new Pipes(input, output, errors);
}

class Terminal implements Screen {
	readonly interactive = true;
	readonly #input: NodeJS.ReadStream;
	readonly #output: Output;
	/** Only while lines are read. */
	#readline: readline.Interface | undefined;
	#prompt = "";

	constructor(input: NodeJS.ReadStream, output: Output) {
		this.#input = input;
		this.#output = output;
	}

	print(text: string): void {
		this.#erase();
		this.#output.write(`${text}\n`);
		this.#redraw();
	}

	complain(text: string): void {
		this.print(text);
	}

	/** Removes the line being typed from the screen; readline keeps it and draws it again at `prompt(true)`. */
	#erase(rowsAbove = this.#readline?.getCursorPos().rows): void {
		if (rowsAbove === undefined) return;
		readline.moveCursor(this.#output, 0, -rowsAbove);
		readline.cursorTo(this.#output, 0);
		readline.clearScreenDown(this.#output);
	}

	setPrompt(text: string): void {
		this.#prompt = text;
		this.#erase();
		this.#readline?.setPrompt(text);
		this.#redraw();
	}

	/** Draws the line being typed where the cursor is. */
	#redraw(): void {
		if (!this.#readline) return;
		// Readline goes up first, by as many rows as it believes to be below its start: which is not always where it is.
		const believed: unknown = Reflect.get(this.#readline, "prevRows");
		const rows =
			typeof believed === "number"
				? believed
				: this.#readline.getCursorPos().rows;
		this.#output.write("\n".repeat(rows));
		this.#readline.prompt(true);
	}

	start(line: (text: string) => void, end: () => void): void {
		const reading = readline.createInterface({
			input: this.#input,
			output: this.#output,
			prompt: this.#prompt,
		});
		this.#readline = reading;
		reading.on("line", (text) => {
			// The message comes back from the server: the typed line gives way to it.
			const width = widthOf(this.#prompt + text);
			this.#erase(Math.floor(width / (this.#output.columns || 80)) + 1);
			reading.prompt();
			line(text);
		});
		reading.on("SIGINT", () => reading.close());
		reading.on("close", () => {
			if (!this.#readline) return;
			this.#readline = undefined;
			this.#output.write("\n");
			end();
		});
		reading.prompt();
	}

	stop(): void {
		const reading = this.#readline;
		this.#erase();
		this.#readline = undefined;
		reading?.close();
		this.#input.destroy();
	}

	async flush(): Promise<void> {
		if (this.#output.writableNeedDrain) await once(this.#output, "drain");
	}
}

class Pipes implements Screen {
	readonly interactive = false;
	readonly #input: NodeJS.ReadStream;
	readonly #output: Output;
	readonly #errors: Output;
	#readline: readline.Interface | undefined;

	constructor(input: NodeJS.ReadStream, output: Output, errors: Output) {
		this.#input = input;
		this.#output = output;
		this.#errors = errors;
	}

	print(text: string): void {
		this.#output.write(`${text}\n`);
	}

	complain(text: string): void {
		this.#errors.write(`${text}\n`);
	}

	setPrompt(): void {}

	start(line: (text: string) => void, end: () => void): void {
		this.#readline = readline.createInterface({ input: this.#input });
		this.#readline.on("line", line);
		this.#readline.on("close", end);
	}

	stop(): void {
		this.#readline?.close();
		this.#input.destroy();
	}

	async flush(): Promise<void> {
		if (this.#output.writableNeedDrain) await once(this.#output, "drain");
	}
}
