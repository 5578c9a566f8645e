/** Table `archive_replays`: what adapters are to be given once more. */
import { randomUUID } from "node:crypto";
import type { Knex } from "knex";
import type { Replay, Replays } from "../../compliance/archive.ts";
import { timeOf } from "./adapters.ts";
import { holdLease } from "./leases.ts";
import type { Write } from "./open.ts";
import { park } from "./parked.ts";

interface Row {
	readonly id: string;
	readonly adapter: string;
	readonly first_position: number;
	readonly last_position: number;
	readonly next_position: number;
	readonly from_at: number;
	readonly to_at: number;
	readonly delivered: number;
	readonly asked_by: string;
	readonly asked_at: number;
	readonly ended_at: number | null;
	/** Who has stopped it. */
	readonly failure: string | null;
}

const underWayAtMost = 100;

export function replays(db: Knex, write: Write): Replays {
	const spanOf: Replays["span"] = async ({ adapter, from, to }) => {
		const state: { readonly position: number } | undefined = await db(
			"archive_adapters",
		)
			.where({ name: adapter })
			.first("position");
		const [span] = await db("archive_events")
			.where("at", ">=", from.getTime())
			.where("at", "<", to.getTime())
			.whereBetween("position", [1, state?.position ?? 0])
			.min({ first: "position" })
			.max({ last: "position" });
		if (!span?.first) return undefined;
		return { first: Number(span.first), last: Number(span.last) };
	};
	return {
		span: spanOf,
		async begin({ adapter, from, to, by, at }) {
			const span = await spanOf({ adapter, from, to });
			if (span === undefined) return undefined;
			const row: Row = {
				id: randomUUID(),
				adapter,
				first_position: span.first,
				last_position: span.last,
				next_position: span.first,
				from_at: from.getTime(),
				to_at: to.getTime(),
				delivered: 0,
				asked_by: by,
				asked_at: at.getTime(),
				ended_at: null,
				failure: null,
			};
			await db("archive_replays").insert(row);
			return replayOf(row);
		},
		async find(id) {
			return known(await db("archive_replays").where({ id }).first());
		},
		async stop(id, by, at) {
			await db("archive_replays")
				.where({ id })
				.whereNull("ended_at")
				.update({ ended_at: at.getTime(), failure: by });
			return known(await db("archive_replays").where({ id }).first());
		},
		async underWay() {
			const rows: readonly Row[] = await db("archive_replays")
				.whereNull("ended_at")
				.orderBy(["asked_at", "id"])
				.limit(underWayAtMost);
			return rows.map(replayOf);
		},
		async current(adapter) {
			return known(
				await db("archive_replays")
					.where({ adapter })
					.whereNull("ended_at")
					.orderBy(["asked_at", "id"])
					.first(),
			);
		},
		advance: (id, { next, delivered, at, parked, ended }, tenure) =>
			write(async (tx) => {
				await holdLease(tx, tenure);
				const asked: { readonly adapter: string } | undefined = await tx(
					"archive_replays",
				)
					.where({ id })
					.first("adapter");
				if (asked === undefined) return;
				await park(tx, asked.adapter, parked, at);
				await tx("archive_replays")
					.where({ id })
					.update({
						next_position: next,
						delivered: tx.raw("delivered + ?", [delivered]),
						...(ended && { ended_at: at.getTime() }),
					});
			}),
	};
}

function known(row: Row | undefined): Replay | undefined {
	return row === undefined ? undefined : replayOf(row);
}

function replayOf(row: Row): Replay {
	return {
		id: row.id,
		adapter: row.adapter,
		from: new Date(row.from_at),
		to: new Date(row.to_at),
		first: row.first_position,
		last: row.last_position,
		next: row.next_position,
		delivered: row.delivered,
		askedBy: row.asked_by,
		askedAt: new Date(row.asked_at),
		endedAt: timeOf(row.ended_at),
		stoppedBy: row.failure ?? undefined,
	};
}
