/** A join during which rights were changed is looked at once more, before it is told and answered. */
import { ChatError } from "../errors.ts";
import type { Scope } from "./reassessing.ts";
import type { JoinOutcome, RoomId, UserUri } from "./types.ts";
import type { RoomsWork } from "./work.ts";

/** Rights may change while one looks, but somebody must be answered some time. */
const maxLooks = 3;

/**
 * When rights were changed while he joined, by this node or another one, those who looked at the participants then may have
 * missed him, or have shown him out already: he is looked at once more, and is told what is true now. Where that cannot be
 * asked he is in for the time being, and looked at as soon as it can.
 */
export async function lookAgain(
	work: RoomsWork,
	user: UserUri,
	generation: number,
	outcomes: readonly JoinOutcome[],
): Promise<readonly JoinOutcome[]> {
	const entered = outcomes.flatMap((each) =>
		"view" in each ? [each.room] : [],
	);
	if (entered.length === 0) return outcomes;
	try {
		let seen = generation;
		let here = new Set(entered);
		for (let looks = 0; looks < maxLooks; looks += 1) {
			const now = await work.rights.current();
			if (now === seen) break;
			seen = now;
			for (const room of here) {
				await work.reassessing.look(scopeOf(room, user));
			}
			const inside = await work.store.participants.roomsOf(user);
			here = new Set(entered.filter((room) => inside.includes(room)));
		}
		return outcomes.map((outcome) =>
			!("view" in outcome) || here.has(outcome.room)
				? outcome
				: { room: outcome.room, refusal: lostMeanwhile() },
		);
	} catch (error) {
		work.log.error({ err: error }, "a join not looked at again; soon");
		for (const room of entered) work.reassessing.owe(scopeOf(room, user));
		return outcomes;
	}
}

/** Who is refused where he is already has lost his right without anybody's being told: he is put out. */
export async function putOutWhereRefused(
	work: RoomsWork,
	user: UserUri,
	outcomes: readonly JoinOutcome[],
): Promise<void> {
	const refused = outcomes.flatMap((each) =>
		"refusal" in each && each.refusal.reason !== "unavailable"
			? [each.room]
			: [],
	);
	if (refused.length === 0) return;
	// However many there are, and whether there are such rooms or not, this is one question.
	try {
		const inside = new Set(await work.store.participants.roomsOf(user));
		for (const room of refused) {
			if (inside.has(room)) await work.reassessing.look(scopeOf(room, user));
		}
	} catch (error) {
		work.log.error({ err: error }, "a refused join not looked at; soon");
		for (const room of refused) work.reassessing.owe(scopeOf(room, user));
	}
}

function scopeOf(room: RoomId, user: UserUri): Scope {
	return { of: "room", room, how: { only: [user] } };
}

function lostMeanwhile(): ChatError {
	return new ChatError(
		"forbidden",
		"Your right to be in this room has just been taken away.",
	);
}
