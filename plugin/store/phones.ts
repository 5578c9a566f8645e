/** Tables `phones` and `phone_rooms`: who takes part by SIP MESSAGE, and how far each has been sent what was said. */
import type { Knex } from "knex";
import type { RoomId } from "../rooms/types.ts";
import type { PhoneReader, PhoneWriter } from "./store.ts";

interface PhoneRoomRow {
	readonly room_id: RoomId;
	readonly room_name: string;
	readonly sent: number;
	readonly last_sequence: number | null;
	readonly inside: string | null;
}

/** With the room, and what shows that he is still in it; both may be gone. */
function joined(db: Knex): Knex.QueryBuilder {
	return db("phone_rooms as phone")
		.leftJoin("rooms as room", "room.id", "phone.room_id")
		.leftJoin("participants as inside", (on) =>
			on
				.on("inside.room_id", "phone.room_id")
				.andOn("inside.user_uri", "phone.user_uri")
				.andOn("inside.session_id", "phone.session_id"),
		);
}

export function phoneReader(db: Knex): PhoneReader {
	return {
		rooms: (limit) =>
			db("phone_rooms").distinct("room_id").limit(limit).pluck("room_id"),
		due: (at, { after = "", limit }) =>
			joined(db)
				.distinct("phone.user_uri")
				.join("phones as claim", "claim.user_uri", "phone.user_uri")
				.where("phone.user_uri", ">", after)
				.where("claim.claimed_until", "<=", at.getTime())
				.where((either) =>
					either
						.whereNull("inside.session_id")
						.orWhere("room.last_sequence", ">", db.ref("phone.sent")),
				)
				.orderBy("phone.user_uri")
				.limit(limit)
				.pluck("phone.user_uri"),
		async of(user) {
			const rows: readonly PhoneRoomRow[] = await joined(db)
				.where("phone.user_uri", user)
				.orderBy("phone.room_id")
				.select(
					"phone.room_id",
					"phone.room_name",
					"phone.sent",
					"room.last_sequence",
					"inside.session_id as inside",
				);
			return rows.map((row) => ({
				room: row.room_id,
				roomName: row.room_name,
				sent: row.sent,
				lastSequence: row.last_sequence ?? 0,
				inside: row.inside !== null,
			}));
		},
	};
}

export function phoneWriter(tx: Knex): PhoneWriter {
	return {
		...phoneReader(tx),
		async add(user, session, { id, name, lastSequence }) {
			await tx("phones")
				.insert({ user_uri: user, claimed_by: "", claimed_until: 0 })
				.onConflict("user_uri")
				.ignore();
			await tx("phone_rooms")
				.insert({
					user_uri: user,
					room_id: id,
					session_id: session,
					room_name: name,
					sent: lastSequence,
				})
				.onConflict(["user_uri", "room_id"])
				.merge(["session_id", "room_name"]);
		},
		async remove(user, room) {
			await tx("phone_rooms").where({ user_uri: user, room_id: room }).delete();
		},
		async claim(user, node, at, until) {
			const claimed = await tx("phones")
				.where({ user_uri: user })
				.where((either) =>
					either
						.where({ claimed_by: node })
						.orWhere("claimed_until", "<=", at.getTime()),
				)
				.update({ claimed_by: node, claimed_until: until.getTime() });
			return claimed > 0;
		},
		async release(node) {
			await tx("phones").where({ claimed_by: node }).update({
				claimed_until: 0,
			});
		},
		async sent(user, room, sequence) {
			await tx("phone_rooms")
				.where({ user_uri: user, room_id: room })
				.where("sent", "<", sequence)
				.update({ sent: sequence });
		},
		async failing(user, at) {
			await tx("phones")
				.where({ user_uri: user })
				.whereNull("failing_since")
				.update({ failing_since: at.getTime() });
			const row: { readonly failing_since: number | null } | undefined =
				await tx("phones").where({ user_uri: user }).first("failing_since");
			return new Date(row?.failing_since ?? at.getTime());
		},
		async reached(user) {
			await tx("phones")
				.where({ user_uri: user })
				.whereNotNull("failing_since")
				.update({ failing_since: null });
		},
	};
}
