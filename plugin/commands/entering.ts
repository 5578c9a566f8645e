/** Rooms entered for a session: it hears them from before they are entered, and what happens meanwhile waits. */
import type { ChatError } from "../errors.ts";
import type { KickReason } from "../rooms/events.ts";
import type { JoinOutcome, RoomId } from "../rooms/types.ts";
import type { RoomFeed } from "../sessions/feed.ts";
import type { CommandContext } from "./command.ts";

export interface Entering {
	/** Several were asked for by one command. */
	readonly batch: boolean;
	/** How the feed of a room goes on. `anew`: the session did not hear it before. */
	release(
		feed: RoomFeed,
		entered: Extract<JoinOutcome, { view: unknown }>,
		anew: boolean,
	): void;
}

/** One outcome for each room. Feeds are released after the reply. */
export async function enterRooms(
	{ session, sessions, rooms, afterReply }: CommandContext,
	ids: readonly RoomId[],
	{ batch, release }: Entering,
): Promise<readonly JoinOutcome[]> {
	const heardBefore = new Set(ids.filter((id) => session.feeds.has(id)));
	const mayBeIn = new Set(ids.filter((id) => session.toPart.has(id)));
	const releases = new Map<RoomId, () => void>();
	for (const id of ids) {
		session.toPart.add(id);
		const feed = sessions.enter(session, id);
		releases.set(id, () => feed.release());
	}
	// Whatever happens: a feed is released when the answer is on its way, or left.
	afterReply(() => {
		for (const go of releases.values()) go();
	});
	const outcomes = await rooms
		.join(session.actor, session.id, ids, batch, session.device?.key)
		.catch((error) => {
			for (const id of ids) {
				if (!heardBefore.has(id)) sessions.leave(session, id);
			}
			throw error;
		});
	for (const outcome of outcomes) {
		const { room } = outcome;
		const anew = !heardBefore.has(room);
		if ("view" in outcome) {
			const feed = session.feeds.get(room);
			if (feed === undefined) releases.delete(room);
			else releases.set(room, () => release(feed, outcome, anew));
		} else if (anew) {
			sessions.leave(session, room);
			// Of a join before this one nobody may know whether it was kept.
			const kept = mayBeIn.has(room) || outcome.refusal.kept !== "nothing";
			if (!kept) session.toPart.delete(room);
		} else if (outcome.refusal.reason !== "unavailable") {
			// He believes that he is in it: unless he has been told so already, he is out. What there may be of him is still parted.
			sessions.kick(session, room, whyOut(outcome.refusal));
		}
	}
	return outcomes;
}

function whyOut({ reason }: ChatError): KickReason {
	return reason === "room-disabled"
		? "the room is disabled"
		: "not a member any more";
}
