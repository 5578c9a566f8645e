/** A batch as FileDump XML: for each room who was there, what happened, who still is. */
import type { ArchivedEvent, Person } from "../../plugin/compliance/adapter.ts";
import { type Conversation, conversationsOf } from "../conversations.ts";
import { mapInTurns } from "../turns.ts";
import { element, type XmlElement } from "../xml-text.ts";
import {
	actionsOf,
	type Form,
	instant,
	movement,
	roomIdOf,
	text,
} from "./actions.ts";

/** `present`: who was in the room, by its id, before the first of the events. */
export async function fileDump(
	events: readonly ArchivedEvent[],
	present: (room: string) => Promise<readonly Person[]>,
	form: Form,
): Promise<XmlElement> {
	const rosters = new Map<string, Map<string, Person>>();
	const conversations: XmlElement[] = [];
	for (const conversation of conversationsOf(events)) {
		const id = conversation.room?.id ?? "";
		const roster =
			rosters.get(id) ??
			new Map(
				(id === "" ? [] : await present(id)).map((person) => [
					person.uri,
					person,
				]),
			);
		rosters.set(id, roster);
		conversations.push(await conversationElement(conversation, roster, form));
	}
	return element("FileDump", {}, conversations);
}

/** Leaves in the roster who is there at the end. */
async function conversationElement(
	{ room, events, startsAt, endsAt }: Conversation,
	roster: Map<string, Person>,
	form: Form,
): Promise<XmlElement> {
	const start = { at: startsAt, room };
	const end = { at: endsAt, room };
	const before = [...roster.values()].map((person) =>
		movement("ParticipantEntered", person, start, form),
	);
	const actions = await mapInTurns(events, (event) => {
		if (event.type === "joined") roster.set(event.actor.uri, event.actor);
		if (event.type === "parted") roster.delete(event.actor.uri);
		return actionsOf(event, form);
	});
	const after = [...roster.values()].map((person) =>
		movement("ParticipantLeft", person, end, form),
	);
	return element(
		"Conversation",
		{ Perspective: room?.name ?? roomIdOf(room) },
		[
			text("RoomID", roomIdOf(room)),
			instant("StartTimeUTC", startsAt, form),
			...before,
			...actions.flat(),
			...after,
			instant("EndTimeUTC", endsAt, form),
		],
	);
}
