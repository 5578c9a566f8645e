/** Table `archive_parked`: what an adapter could not take, and what the operator says of it. */
import type { Knex } from "knex";
import type {
	ParkedEvent,
	ParkedEvents,
	Parking,
} from "../../compliance/archive.ts";
import { inChunks } from "../rows.ts";
import { holdLease } from "./leases.ts";
import type { Write } from "./open.ts";

interface Row {
	readonly adapter: string;
	readonly position: number;
	readonly event_id: string;
	readonly state: ParkedEvent["state"];
	readonly reason: string;
	readonly at: number;
	readonly by: string | null;
}

/** An event that the adapter has not had yet. */
type Before = Pick<Parking, "position" | "event">;

/** What is kept of a reason. */
export const reasonCharacters = 1_000;

/** Sets them aside, also those that had been before. */
export async function park(
	tx: Knex,
	adapter: string,
	events: readonly Parking[],
	at: Date,
	by: string | null = null,
): Promise<void> {
	for (const { position, event, reason } of events) {
		await tx("archive_parked")
			.insert({
				adapter,
				position,
				event_id: event,
				state: "parked",
				reason: reason.slice(0, reasonCharacters),
				at: at.getTime(),
				by,
			})
			.onConflict(["adapter", "position"])
			.merge();
	}
}

export function parkedEvents(db: Knex, write: Write): ParkedEvents {
	return {
		async list(adapter, { state, after = 0, limit }) {
			const query = db("archive_parked")
				.where({ adapter })
				.where("position", ">", after)
				.orderBy("position")
				.limit(limit);
			if (state !== undefined) query.where({ state });
			const rows: readonly Row[] = await query;
			return rows.map(parkedEvent);
		},
		async count(adapter) {
			const [counted] = await db("archive_parked")
				.where({ adapter, state: "parked" })
				.count({ events: "*" });
			return Number(counted?.events ?? 0);
		},
		setAside: (adapter, events, { reason, by, at }) =>
			write(async (tx) => {
				const { position } = await tx("archive_adapters")
					.where({ name: adapter })
					.first("position");
				const found: Before[] = [];
				await inChunks(events, async (some) => {
					found.push(
						...(await tx("archive_events")
							.where("position", ">", position)
							.whereIn("event_id", some)
							.select("position", "event_id as event")),
					);
				});
				const parking = found.map((one) => ({ ...one, reason }));
				await park(tx, adapter, parking, at, by);
				return found.length;
			}),
		decide: (adapter, state, by, events) =>
			write(async (tx) => {
				const parked = () =>
					tx("archive_parked").where({ adapter, state: "parked" });
				if (events === undefined) return parked().update({ state, by });
				let decided = 0;
				await inChunks(events, async (some) => {
					decided += await parked()
						.whereIn("event_id", some)
						.update({ state, by });
				});
				return decided;
			}),
		settle: (adapter, position, outcome, tenure) =>
			write(async (tx) => {
				await holdLease(tx, tenure);
				const row = tx("archive_parked").where({ adapter, position });
				if (outcome === "delivered") await row.delete();
				else {
					const { reason, at } = outcome;
					await row.update({ state: "parked", reason, at: at.getTime() });
				}
			}),
	};
}

function parkedEvent(row: Row): ParkedEvent {
	const { adapter, position, event_id, state, reason, at, by } = row;
	return {
		adapter,
		position,
		event: event_id,
		state,
		reason,
		at: new Date(at),
		by: by ?? undefined,
	};
}
