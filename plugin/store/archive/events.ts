/** Table `archive_events`, read. */
import type { Knex } from "knex";
import type { Archive } from "../../compliance/archive.ts";
import type { ArchivedEvent, EventRecord } from "../../compliance/archived.ts";

export interface EventRow {
	readonly position: number;
	readonly room_id: string;
	readonly number: number;
	readonly previous: string;
	readonly hash: string;
	readonly record: string;
}

export const eventColumns = [
	"position",
	"room_id",
	"number",
	"previous",
	"hash",
	"record",
] as const;

/** Rows of one statement: their texts together stay small, and the first ones of a large page are there soon. */
const rowsAtOnce = 250;

export function eventReader(db: Knex): Pick<Archive, "head" | "after"> {
	return {
		async head() {
			const row: { readonly position: number } | undefined =
				await db("archive_head").first("position");
			return row?.position ?? 0;
		},
		async after(position, { events, bytes, through }) {
			const found: ArchivedEvent[] = [];
			let size = 0;
			let last = position;
			while (found.length < events) {
				const limit = Math.min(rowsAtOnce, events - found.length);
				const query = db("archive_events")
					.select(eventColumns)
					.where("position", ">", last)
					.orderBy("position")
					.limit(limit);
				if (through !== undefined) query.where("position", "<=", through);
				const rows: readonly EventRow[] = await query;
				for (const row of rows) {
					size += Buffer.byteLength(row.record);
					if (size > bytes && found.length > 0) return found;
					found.push(archivedEvent(row));
					last = row.position;
				}
				if (rows.length < limit) return found;
			}
			return found;
		},
	};
}

export function archivedEvent(row: EventRow): ArchivedEvent {
	const { position, room_id, number, previous, hash, record } = row;
	return {
		...(JSON.parse(record) as EventRecord),
		position,
		evidence: { chain: room_id, number, previous, hash },
	};
}
