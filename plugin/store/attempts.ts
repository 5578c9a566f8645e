/** How often the same work is tried when the database was in the way, and what the caller hears when it stays so. */
import {
	setImmediate as nextTurn,
	setTimeout as pause,
} from "node:timers/promises";
import { ChatError } from "../errors.ts";
import { type Fault, faultOf } from "./faults.ts";

/** After this no further attempt begins: a post is refused while its sender still waits for an answer. */
const giveUpAfterMs = 4_000;
const attemptsAtMost = 25;
const backOffMs = { first: 5, last: 400 };

export interface Attempt {
	/** True once the outcome may have been kept although an error came: then it must not be tried again. */
	readonly doubtful: () => boolean;
	readonly onRepeat?: (fault: Fault, attempt: number) => void;
}

/**
 * Runs `work`, again after a collision, and once more after a lost connection (the pool may have held one that a
 * restarted database had dropped). Throws `unavailable` when the database is away; every other error as it came.
 */
export async function attempt<T>(
	work: () => Promise<T>,
	{ doubtful, onRepeat }: Attempt,
): Promise<T> {
	const giveUpAt = performance.now() + giveUpAfterMs;
	for (let count = 1, losses = 0; ; count++) {
		try {
			const result = await work();
			await giveTurn();
			return result;
		} catch (error) {
			const fault = faultOf(error);
			if (fault === "lost") losses++;
			const again =
				count < attemptsAtMost &&
				performance.now() < giveUpAt &&
				(fault === "collision" ||
					(fault === "lost" && losses === 1 && !doubtful()));
			if (!again) throw refusal(error, fault, doubtful());
			onRepeat?.(fault, count);
		}
		await pause(Math.random() * backOff(count));
	}
}

/** SQLite answers before anybody else has had his turn: whoever asks it again and again gives one after so long. */
const turnMs = 5;
let turnAt = performance.now();

async function giveTurn(): Promise<void> {
	if (performance.now() - turnAt < turnMs) return;
	await nextTurn();
	turnAt = performance.now();
}

function backOff(count: number): number {
	return Math.min(backOffMs.first * 2 ** count, backOffMs.last);
}

function refusal(
	cause: unknown,
	fault: Fault | undefined,
	doubtful: boolean,
): unknown {
	switch (fault) {
		case "collision":
		case "lost":
		case "away":
			return new ChatError(
				"unavailable",
				doubtful && fault !== "collision"
					? "The database did not confirm; it may have been kept. Try again later."
					: "The database cannot be had now; nothing was kept. Try again later.",
				{ cause },
			);
		case "too-long":
			return new ChatError("too-large", "A value is longer than can be kept.", {
				cause,
			});
		default:
			return cause;
	}
}
