/** Tables `rooms`, `messages` and `outbox`, for counting what was posted. */
import type { Knex } from "knex";
import type { PostedNumbers, PostedRoom } from "./store.ts";

const roomsAtOnce = 500;
const owedAtOnce = 1_000;

export function postedNumbers(db: Knex): PostedNumbers {
	return {
		async rooms(after) {
			const query = db("rooms")
				.select("id", "name", "last_sequence as lastSequence")
				.orderBy("id")
				.limit(roomsAtOnce);
			if (after !== undefined) query.where("id", ">", after);
			const rooms: readonly PostedRoom[] = await query;
			return rooms;
		},
		async span({ id, lastSequence }, { from, to }) {
			// By their neighbours: what was deleted between two messages was posted between them.
			const nearest = (comparison: "<" | ">=", at: Date) =>
				db("messages")
					.where({ room_id: id })
					.where("posted_at", comparison, at.getTime())
					.orderBy([
						{ column: "posted_at", order: comparison === "<" ? "desc" : "asc" },
						{ column: "sequence", order: comparison === "<" ? "desc" : "asc" },
					])
					.first("sequence");
			const before = from && (await nearest("<", from));
			const behind = to && (await nearest(">=", to));
			return {
				first: (before?.sequence ?? 0) + 1,
				last: Math.min(
					(behind?.sequence ?? lastSequence + 1) - 1,
					lastSequence,
				),
			};
		},
		async lastSequence(room) {
			const row: { readonly last_sequence: number } | undefined = await db(
				"rooms",
			)
				.where({ id: room })
				.first("last_sequence");
			return row?.last_sequence ?? 0;
		},
		async between(room, first, last) {
			const rows: readonly { sequence: number; posted_at: number }[] = await db(
				"messages",
			)
				.select("sequence", "posted_at")
				.where({ room_id: room })
				.whereBetween("sequence", [first, last])
				.orderBy("sequence");
			return rows.map(({ sequence, posted_at }) => ({
				sequence,
				postedAt: new Date(posted_at),
			}));
		},
		async owed(after) {
			const rows: readonly {
				position: number;
				room: string;
				type: string;
				sequence: number | null;
			}[] = await db("outbox")
				.select(
					"position",
					"room_id as room",
					db.raw("json_extract(payload, '$.message.sequence') as sequence"),
				)
				.where("position", ">", after)
				.where({ type: "posted" })
				.orderBy("position")
				.limit(owedAtOnce);
			return rows.map(({ position, room, sequence }) => ({
				position,
				room,
				sequence: Number(sequence),
			}));
		},
	};
}
