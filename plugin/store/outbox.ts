/** Table `outbox`: every event that compliance is owed, kept by the transaction that made it true. */
import type { Knex } from "knex";
import type { Outbox } from "./store.ts";

export function outboxWriter(tx: Knex): Outbox {
	return {
		async add(event) {
			await tx("outbox").insert({
				id: event.id,
				room_id: event.room.id,
				type: event.type,
				at: event.at.getTime(),
				payload: JSON.stringify(event),
			});
		},
	};
}
