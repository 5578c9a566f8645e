/** Long work in one thread: whatever else waits gets its turn every few milliseconds. */
import { setImmediate as turn } from "node:timers/promises";

/** Work goes on for so long before others get a turn. */
const workMs = 5;

/** To be awaited after each small piece of long work; mostly it resolves at once. */
export function makeTurns(): () => Promise<void> {
	let begunAt = performance.now();
	return async () => {
		if (performance.now() - begunAt < workMs) return;
		await turn();
		begunAt = performance.now();
	};
}

/** Like `map`, with turns for others. */
export async function mapInTurns<From, To>(
	all: readonly From[],
	make: (each: From) => To,
): Promise<To[]> {
	const takeTurns = makeTurns();
	const made: To[] = [];
	for (const each of all) {
		made.push(make(each));
		await takeTurns();
	}
	return made;
}
