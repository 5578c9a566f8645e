/** Deleting what everybody has had and nobody wants to have again, oldest first, so that the chains stay provable. */
import type { Knex } from "knex";
import type { Archive, Tenure } from "../../compliance/archive.ts";
import { archiveHash } from "../../compliance/chain.ts";
import { inChunks } from "../rows.ts";
import { holdLease } from "./leases.ts";

interface Row {
	readonly position: number;
	readonly room_id: string;
	readonly number: number;
	readonly hash: string;
	readonly at: number;
	/** Of a posted message. */
	readonly sequence: number | null;
}

export async function prune(
	tx: Knex,
	{ before, through, events }: Parameters<Archive["prune"]>[0],
	tenure: Tenure,
): Promise<number> {
	await holdLease(tx, tenure);
	const released = await forgetReleased(tx, events);
	if (released > 0) return released;
	const head: { readonly pruned: number; readonly pruned_hash: string } =
		await tx("archive_head").first("pruned", "pruned_hash");
	const rows: readonly Row[] = await tx("archive_events")
		.select("position", "room_id", "number", "hash", "at", "sequence")
		.where("position", ">", head.pruned)
		.where("position", "<=", through)
		.orderBy("position")
		.limit(events);
	const young = rows.findIndex(({ at }) => at >= before.getTime());
	const old = young === -1 ? rows : rows.slice(0, young);
	const last = old.at(-1);
	if (last === undefined) return 0;
	const kept = await setAside(tx, old);
	await inChunks(
		old.map(({ position }) => position).filter((one) => !kept.has(one)),
		async (some) => {
			await tx("archive_events").whereIn("position", some).delete();
		},
	);
	await shorten(tx, old);
	await tx("archive_attendance")
		.where("left_position", "<", await firstWanted(tx, last.position + 1))
		.delete();
	const pruned_hash = old.reduce(
		(hash, row) => archiveHash(hash, { ...row, chain: row.room_id }),
		head.pruned_hash,
	);
	await tx("archive_head")
		.where({ id: 1 })
		.update({ pruned: last.position, pruned_hash });
	await forgetCheckpoints(tx, last.position);
	return old.length - kept.size;
}

/** The first event that may still be delivered: who was there then may be asked. */
async function firstWanted(tx: Knex, otherwise: number): Promise<number> {
	const row: { readonly position: number } | undefined = await tx(
		"archive_parked",
	)
		.whereIn("state", ["parked", "again"])
		.orderBy("position")
		.first("position");
	return Math.min(row?.position ?? otherwise, otherwise);
}

/** What stayed when those around it were deleted, because it was set aside then, and is not any more. */
async function forgetReleased(tx: Knex, atMost: number): Promise<number> {
	const positions: readonly number[] = await tx("archive_events")
		.where("position", "<=", tx("archive_head").select("pruned"))
		.whereNotIn(
			"position",
			tx("archive_parked")
				.whereIn("state", ["parked", "again"])
				.select("position"),
		)
		.limit(atMost)
		.pluck("position");
	await inChunks(positions, async (some) => {
		await tx("archive_events").whereIn("position", some).delete();
	});
	return positions.length;
}

/** An event that somebody may still ask for. */
async function setAside(
	tx: Knex,
	rows: readonly Row[],
): Promise<ReadonlySet<number>> {
	const kept = new Set<number>();
	await inChunks(rows, async (some) => {
		const positions: readonly number[] = await tx("archive_parked")
			.whereIn("state", ["parked", "again"])
			.whereIn(
				"position",
				some.map(({ position }) => position),
			)
			.pluck("position");
		for (const position of positions) kept.add(position);
	});
	return kept;
}

/** Each chain says where it now begins. */
async function shorten(tx: Knex, rows: readonly Row[]): Promise<void> {
	const newest = new Map(rows.map((row) => [row.room_id, row]));
	const posted = new Map(
		rows
			.filter(({ sequence }) => sequence !== null)
			.map(({ room_id, sequence }) => [room_id, sequence]),
	);
	for (const { room_id, number, hash } of newest.values()) {
		const sequence = posted.get(room_id);
		await tx("archive_chains")
			.where({ room_id })
			.update({
				pruned_number: number,
				pruned_hash: hash,
				...(sequence && { pruned_sequence: sequence }),
			});
	}
}

/** Those that speak of nothing but what is deleted; the newest of them stays, for what is signed begins there. */
async function forgetCheckpoints(tx: Knex, pruned: number): Promise<void> {
	const first: { readonly number: number } | undefined = await tx(
		"archive_checkpoints",
	)
		.where("position", "<=", pruned)
		.orderBy("position", "desc")
		.first("number");
	if (first === undefined) return;
	await tx("archive_checkpoints").where("number", "<", first.number).delete();
}
