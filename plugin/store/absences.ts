/** Table `absences`: which rooms a device was in when its dialog was lost. */
import type { Knex } from "knex";
import type { Absence } from "../rooms/types.ts";
import { inChunks } from "./rows.ts";
import type { AbsenceReader, AbsenceWriter } from "./store.ts";

/** Rooms that are remembered of one device. */
const maxRooms = 1_000;

export function absenceReader(db: Knex): AbsenceReader {
	return {
		async of(user, device, since) {
			const rows: readonly Absence[] = await db("absences")
				.select({ room: "room_id", heard: "heard" })
				.where({ user_uri: user, device })
				.where("since", ">=", since.getTime())
				.orderBy(["since", "room_id"])
				.limit(maxRooms);
			return rows.map(({ room, heard }) => ({ room, heard }));
		},
	};
}

export function absenceWriter(tx: Knex): AbsenceWriter {
	return {
		...absenceReader(tx),
		async keep(user, device, absences, at) {
			const rows = absences.map(({ room, heard }) => ({
				...{ user_uri: user, device, room_id: room },
				...{ heard, since: at.getTime() },
			}));
			await inChunks(rows, async (some) => {
				await tx("absences")
					.insert(some)
					.onConflict(["user_uri", "device", "room_id"])
					.merge();
			});
		},
		async forget(user, device, rooms) {
			await inChunks(rooms, async (some) => {
				await tx("absences")
					.where({ user_uri: user, device })
					.whereIn("room_id", some)
					.delete();
			});
		},
		async purge(before) {
			await tx("absences").where("since", "<", before.getTime()).delete();
		},
	};
}
