/** How often the same work is tried when the database was in the way, and what the caller hears when it stays so. */
import { setTimeout as pause } from "node:timers/promises";
import { ChatError } from "../errors.ts";
import { giveTurn } from "../turns.ts";
import { type Fault, faultOf } from "./faults.ts";

/** After this no further attempt begins: a post is refused while its sender still waits for an answer. */
const giveUpAfterMs = 4_000;
const attemptsAtMost = 25;
const backOffMs = { first: 5, last: 400 };

export type Outcome = "read" | "undone" | "doubtful";

export interface Attempt {
	/**
	 * What an error would leave behind: `read`: nothing was to be kept; `undone`: nothing is; `doubtful`: all may have been
	 * kept, so it must not be tried again.
	 */
	readonly outcome: () => Outcome;
	readonly onRepeat?: (fault: Fault, attempt: number) => void;
}

/**
 * Runs `work`, again after a collision or where a server was not ready, and once more after a lost connection (the pool may have held one that a
 * restarted database had dropped). Throws `unavailable` when the database is away; every other error as it came.
 */
export async function attempt<T>(
	work: () => Promise<T>,
	{ outcome, onRepeat }: Attempt,
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
					fault === "unready" ||
					(fault === "lost" && losses === 1 && outcome() !== "doubtful"));
			if (!again) throw refusal(error, fault, outcome());
			onRepeat?.(fault, count);
		}
		await pause(Math.random() * backOff(count));
	}
}

function backOff(count: number): number {
	return Math.min(backOffMs.first * 2 ** count, backOffMs.last);
}

/** What can be said of a change, or of a question, that the database did not answer. */
const sentences: Readonly<Record<Outcome, string>> = {
	read: "The database cannot be had now. Try again later.",
	undone: "The database cannot be had now; nothing was kept. Try again later.",
	doubtful:
		"The database did not confirm; it may have been kept. Try again later.",
};

const full =
	"The disk of the database is full; nothing was kept. Try again later.";
/** What a commit that failed so was to keep, is not: a collision is one also then, and a server that is not ready did not begin. */
const undone: ReadonlySet<Fault | undefined> = new Set([
	"collision",
	"unready",
	"full",
]);

function refusal(
	cause: unknown,
	fault: Fault | undefined,
	outcome: Outcome,
): unknown {
	if (outcome === "doubtful" && !undone.has(fault)) {
		return new ChatError("unavailable", sentences.doubtful, {
			cause,
			kept: "perhaps",
		});
	}
	switch (fault) {
		case "collision":
		case "unready":
		case "lost":
		case "away":
			return new ChatError(
				"unavailable",
				sentences[outcome === "read" ? "read" : "undone"],
				{ cause },
			);
		case "full":
			return new ChatError("unavailable", full, { cause });
		case "too-long":
			return new ChatError("too-large", "A value is longer than can be kept.", {
				cause,
			});
		default:
			return cause;
	}
}
