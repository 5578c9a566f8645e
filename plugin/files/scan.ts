/** A program of the operator's looks at each file before anybody else may have it. */
import { spawn } from "node:child_process";
import type { Logger } from "pino";
import { ChatError } from "../errors.ts";

export interface ScanOptions {
	/** The program and its arguments; the file's path comes after them. */
	readonly command: readonly string[];
	/** It has said so by then, or is ended. */
	readonly withinMs: number;
	readonly log: Logger;
}

/** Its exit code: 0 clean, 1 refused, anything else: it could not say. Throws `forbidden`, `unavailable`. */
export async function scanFile(
	path: string,
	{ command, withinMs, log }: ScanOptions,
): Promise<void> {
	const [program = "", ...fixed] = command;
	const outcome = await new Promise<number | string>((resolve) => {
		const child = spawn(program, [...fixed, path], { stdio: "ignore" });
		// Node's own time limit goes on when there is no such program.
		const timer = setTimeout(() => child.kill("SIGKILL"), withinMs);
		const end = (said: number | string) => {
			clearTimeout(timer);
			resolve(said);
		};
		child.on("error", (error) => end(error.message));
		child.on("close", (code, signal) => end(code ?? signal ?? "ended"));
	});
	if (outcome === 0) return;
	if (outcome === 1) {
		throw new ChatError(
			"forbidden",
			"The scanner refuses this file; it is not kept.",
		);
	}
	log.error({ outcome }, "the scanner did not say whether a file is clean");
	throw new ChatError(
		"unavailable",
		"The file cannot be scanned now; finish the upload again later.",
	);
}
