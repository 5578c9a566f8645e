/** Waiting for something to become true, with a deadline: the tests' only way to wait. */
import { setTimeout as pause } from "node:timers/promises";

const pollMs = 15;

/** Resolves with the first answer that is neither false nor undefined; rejects after `withinMs`, saying what did not come. */
export async function until<T>(
	condition: () => T | Promise<T>,
	{ what, withinMs = 20_000 }: { what: string; withinMs?: number },
): Promise<Exclude<T, false | undefined>> {
	const deadline = performance.now() + withinMs;
	for (;;) {
		const answer = await condition();
		if (answer !== false && answer !== undefined) {
			return answer as Exclude<T, false | undefined>;
		}
		if (performance.now() > deadline) {
			throw new Error(`${what} did not come within ${withinMs} ms`);
		}
		await pause(pollMs);
	}
}
