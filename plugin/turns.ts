/** Long work on one event loop: others have their turn in between. */
import { setImmediate as nextTurn } from "node:timers/promises";

/** Whoever works on and on gives a turn after so long. */
const turnMs = 5;
let turnAt = performance.now();

/** To be awaited now and then; most times it costs nothing. SQLite, for one, answers before anybody else has had his turn. */
export async function giveTurn(): Promise<void> {
	if (performance.now() - turnAt < turnMs) return;
	await nextTurn();
	turnAt = performance.now();
}
