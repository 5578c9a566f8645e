/** Table `archive_adapters`: how far each adapter is, and how it goes. */
import type { Knex } from "knex";
import type { AdapterState, AdapterStates } from "../../compliance/archive.ts";
import { holdLease } from "./leases.ts";
import type { Write } from "./open.ts";
import { park, reasonCharacters } from "./parked.ts";

interface Row {
	readonly name: string;
	readonly position: number;
	readonly delivered: number;
	readonly delivered_at: number | null;
	readonly failures: number;
	readonly attempt: number;
	readonly failed_at: number | null;
	readonly failure: string | null;
	readonly next_at: number | null;
}

export function adapterStates(db: Knex, write: Write): AdapterStates {
	return {
		async register(name) {
			const there: Row | undefined = await db("archive_adapters")
				.where({ name })
				.first();
			if (there !== undefined) return stateOf(there);
			const head: { readonly pruned: number } | undefined =
				await db("archive_head").first("pruned");
			const since = head?.pruned ?? 0;
			await db("archive_adapters")
				.insert({
					name,
					position: since,
					since,
					delivered: 0,
					failures: 0,
					attempt: 0,
				})
				.onConflict("name")
				.ignore();
			return stateOf(await db("archive_adapters").where({ name }).first());
		},
		async list() {
			const rows: readonly Row[] = await db("archive_adapters").orderBy("name");
			return rows.map(stateOf);
		},
		advance: (name, { position, delivered, at, parked }, tenure) =>
			write(async (tx) => {
				await holdLease(tx, tenure);
				await tx("archive_adapters")
					.where({ name })
					.update({
						position,
						attempt: 0,
						next_at: null,
						...(delivered > 0 && {
							delivered: tx.raw("delivered + ?", [delivered]),
							delivered_at: at.getTime(),
						}),
					});
				await park(tx, name, parked, at);
			}),
		async failed(name, failure, at, nextAt) {
			await db("archive_adapters")
				.where({ name })
				.update({
					failures: db.raw("failures + 1"),
					attempt: db.raw("attempt + 1"),
					failed_at: at.getTime(),
					next_at: nextAt?.getTime() ?? null,
					failure: failure.slice(0, reasonCharacters),
				});
		},
		forget: (name) =>
			write(async (tx) => {
				await tx("archive_parked").where({ adapter: name }).delete();
				await tx("archive_replays").where({ adapter: name }).delete();
				await tx("archive_adapters").where({ name }).delete();
			}),
		async backlog(name) {
			const state: { readonly position: number } | undefined = await db(
				"archive_adapters",
			)
				.where({ name })
				.first("position");
			const oldest:
				| { readonly position: number; readonly at: number }
				| undefined = await db("archive_events")
				.where("position", ">", state?.position ?? 0)
				.orderBy("position")
				.first("position", "at");
			if (oldest === undefined) return { events: 0, oldestAt: undefined };
			const head: { readonly position: number } =
				await db("archive_head").first("position");
			// Positions have no holes.
			return {
				events: Math.max(1, head.position - oldest.position + 1),
				oldestAt: timeOf(oldest.at),
			};
		},
	};
}

function stateOf(row: Row): AdapterState {
	const { name, position, delivered, failures, attempt } = row;
	return {
		name,
		position,
		delivered,
		deliveredAt: timeOf(row.delivered_at),
		failures,
		attempt,
		failedAt: timeOf(row.failed_at),
		failure: row.failure ?? undefined,
		nextAt: timeOf(row.next_at),
	};
}

export function timeOf(at: number | null | undefined): Date | undefined {
	return at === null || at === undefined ? undefined : new Date(at);
}
