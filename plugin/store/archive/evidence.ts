/** The archive as of one moment, for whoever verifies it: also while the service goes on writing. */
import type { Knex } from "knex";
import type {
	ArchiveHead,
	ChainRow,
	EvidenceReader,
	EvidenceRow,
} from "../../compliance/evidence.ts";
import { isSqlite } from "../database.ts";
import { type CheckpointRow, checkpointOf } from "./checkpoints.ts";

const eventsAtOnce = 500;
const rowsAtOnce = 1_000;
const checkpointsAtOnce = 100;

/** Changes nothing. Resolves as `work` does. */
export function readEvidence<T>(
	knex: Knex,
	work: (evidence: EvidenceReader) => Promise<T>,
): Promise<T> {
	return knex.transaction(
		(tx) => work(evidenceIn(tx)),
		isSqlite(knex) ? {} : { isolationLevel: "repeatable read" },
	);
}

function evidenceIn(tx: Knex): EvidenceReader {
	return {
		async head() {
			const row: ArchiveHead | undefined = await tx("archive_head").first();
			if (row === undefined) throw new Error("The archive has lost its head");
			return row;
		},
		async count() {
			const [counted] = await tx("archive_events").count({ events: "*" });
			return Number(counted?.events ?? 0);
		},
		async events(after) {
			const query = tx("archive_events")
				.orderBy("position")
				.limit(eventsAtOnce);
			if (after !== undefined) query.where("position", ">", after);
			const rows: readonly EvidenceRow[] = await query;
			return rows;
		},
		async isSetAside(position, event) {
			const row: object | undefined = await tx("archive_parked")
				.where({ position, event_id: event })
				.first("position");
			return row !== undefined;
		},
		async chains(after) {
			const query = tx("archive_chains").orderBy("room_id").limit(rowsAtOnce);
			if (after !== undefined) query.where("room_id", ">", after);
			const rows: readonly ChainRow[] = await query;
			return rows;
		},
		async checkpoints(after) {
			const rows: readonly CheckpointRow[] = await tx("archive_checkpoints")
				.where("number", ">", after)
				.orderBy("number")
				.limit(checkpointsAtOnce);
			return rows.map(checkpointOf);
		},
	};
}
