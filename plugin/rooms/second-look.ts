/** A join during which rights were changed is looked at once more, before it is told and answered. */
import { ChatError } from "../errors.ts";
import { reassessRoom } from "./reassessment.ts";
import type { JoinOutcome, UserUri } from "./types.ts";
import type { RoomsWork } from "./work.ts";

/** Rights may change while one looks, but somebody must be answered some time. */
const maxLooks = 3;

/**
 * When rights were changed while he joined, those who looked at the participants then may have missed him, or have shown him
 * out already: he is looked at once more, and is told what is true now.
 */
export async function lookAgain(
	work: RoomsWork,
	user: UserUri,
	generation: number,
	outcomes: readonly JoinOutcome[],
): Promise<readonly JoinOutcome[]> {
	let seen = generation;
	let settled = outcomes;
	for (
		let looks = 0;
		seen !== work.rights.generation && looks < maxLooks;
		looks += 1
	) {
		seen = work.rights.generation;
		for (const outcome of settled) {
			if (!("view" in outcome)) continue;
			await reassessRoom(work, outcome.room, { only: [user] });
		}
		const here = new Set(await work.store.participants.roomsOf(user));
		settled = settled.map((outcome) =>
			!("view" in outcome) || here.has(outcome.room)
				? outcome
				: { room: outcome.room, refusal: lostMeanwhile() },
		);
	}
	return settled;
}

function lostMeanwhile(): ChatError {
	return new ChatError(
		"forbidden",
		"Your right to be in this room has just been taken away.",
	);
}
