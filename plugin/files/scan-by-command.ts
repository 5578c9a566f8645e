/** A program of the operator's looks at each file. */
import { spawn } from "node:child_process";
import type { Scanner } from "./scanner.ts";

/** The program and its arguments; the file's path comes after them. It ends with 0 for clean, 1 for refused. */
export function scanByCommand(command: readonly string[]): Scanner {
	const [program = "", ...fixed] = command;
	return async (path, signal) => {
		signal.throwIfAborted();
		const outcome = await new Promise<number | string>((resolve) => {
			const child = spawn(program, [...fixed, path], { stdio: "ignore" });
			// Node's own way of aborting goes on when there is no such program.
			const stop = () => child.kill("SIGKILL");
			signal.addEventListener("abort", stop);
			const end = (said: number | string) => {
				signal.removeEventListener("abort", stop);
				resolve(said);
			};
			child.on("error", (error) => end(error.message));
			child.on("close", (code, by) => end(code ?? by ?? "ended"));
		});
		if (outcome === 0) return "clean";
		if (outcome === 1) return "refused";
		throw new Error(`The scanner ended with ${outcome}`);
	};
}
