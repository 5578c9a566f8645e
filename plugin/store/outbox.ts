/** Table `outbox`: every event that compliance is owed, kept by the transaction that made it true; `room_id` is empty for what is of no room. */
import type { Knex } from "knex";
import type { Outbox } from "./store.ts";

export function outboxWriter(tx: Knex): Outbox {
	return {
		async add(event) {
			await tx("outbox").insert({
				id: event.id,
				room_id: "room" in event ? event.room.id : "",
				type: event.type,
				at: event.at.getTime(),
				payload: JSON.stringify(event),
			});
		},
	};
}
