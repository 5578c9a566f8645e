/**
 * A device that has come back. COMPAT(pidgin-sipe): when its dialog is lost it begins anew, shows its rooms as open and
 * never joins them again. If it does not ask to be let in by itself, its rooms are entered for it, and it is sent what was
 * posted meanwhile, as ordinary messages.
 */
import type { Absence, Room, RoomId } from "../rooms/types.ts";
import type { Primitive } from "../xccos/envelope.ts";
import type { CommandContext } from "./command.ts";
import { enterRooms } from "./entering.ts";

/** Of each room; what is older is in its history. */
const maxMissed = 100;
/** Of all rooms: a client takes no more at once. */
const maxMissedInAll = 1_000;

/** To be called once for each session, after its first envelope; never rejects. */
export async function comeBack(
	primitives: readonly Primitive[],
	context: CommandContext,
): Promise<void> {
	const { session, sessions, rooms, log } = context;
	if (session.device === undefined) return;
	const { key, free } = session.device;
	try {
		await free();
		const absences = await rooms.absences(session.actor, key);
		if (absences.length === 0 || !sessions.has(session)) return;
		if (!primitives.some(asksForRooms)) await enter(absences, context);
		if (!sessions.has(session)) return;
		const back = absences.map(({ room }) => room);
		await rooms.forgetAbsences(session.actor, key, back);
	} catch (error) {
		log.error(
			{ err: error, callId: session.outlet.callId },
			"rooms of a device that came back not entered",
		);
	}
}

function asksForRooms(primitive: Primitive): boolean {
	return primitive.kind === "command" && /^cmd:b?join$/.test(primitive.id);
}

async function enter(
	absences: readonly Absence[],
	context: CommandContext,
): Promise<void> {
	const heard = new Map(absences.map(({ room, heard }) => [room, heard]));
	const most = Math.min(
		maxMissed,
		Math.floor(maxMissedInAll / absences.length),
	);
	const ids = [...heard.keys()];
	const recorded = new Set<RoomId>();
	const missedFrom = ({ id, lastSequence }: Room) =>
		Math.max(heard.get(id) ?? 0, lastSequence - most);
	const { session, rooms } = context;
	const known = new Set(ids.filter((id) => session.feeds.has(id)));
	const outcomes = await enterRooms(context, ids, {
		batch: ids.length > 1,
		release(feed, { room, view }, anew) {
			const { lastSequence } = view.room;
			if (anew && recorded.has(room)) {
				feed.releaseWithMissed(missedFrom(view.room), lastSequence);
			} else feed.release(anew ? lastSequence : 0);
		},
	});
	for (const outcome of outcomes) {
		if (!("view" in outcome) || known.has(outcome.room)) continue;
		const { room } = outcome.view;
		if (!room.category.history) continue;
		await rooms.recordMissed(session.actor, room, missedFrom(room));
		recorded.add(room.id);
	}
	const entered = outcomes.filter((outcome) => "view" in outcome).length;
	context.log.info(
		{ callId: context.session.outlet.callId, entered },
		"rooms entered for a device that came back",
	);
}
