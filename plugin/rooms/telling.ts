/** What every part of the domain says to others: events to the people in the room, places to compliance. */
import type { Logger } from "pino";
import type { FanOut } from "../cluster/fan-out.ts";
import type { Place } from "../compliance/events.ts";
import type { RoomEvent } from "./events.ts";
import type { Actor, Participant, Room } from "./types.ts";

/** What is kept is kept, whether it can be told or not. */
export async function tell(
	{ fanOut, log }: { readonly fanOut: FanOut; readonly log: Logger },
	event: RoomEvent,
): Promise<void> {
	try {
		await fanOut.publish(event);
	} catch (error) {
		log.error({ err: error, type: event.type }, "event not told to the room");
	}
}

/** What a compliance event says of the room: names as they stand now. */
export function placeOf({ id, name, category }: Room): Place {
	return { id, name, category: { id: category.id, name: category.name } };
}

export function userOf({ uri, displayName, guid }: Actor): Participant["user"] {
	return { uri, displayName, guid };
}

/** Somebody as a compliance event names him who does not act himself now. */
export function personOf({
	uri,
	displayName,
	guid,
	email,
}: Pick<Actor, "uri" | "displayName" | "guid" | "email">) {
	return { uri, displayName, guid, ...(email !== undefined && { email }) };
}
