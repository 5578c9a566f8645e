/** Deleting what everybody has had and nobody wants to have again, oldest first, so that the chains stay provable. */
import type { Knex } from "knex";
import {
	type Archive,
	type Tenure,
	Unproven,
} from "../../compliance/archive.ts";
import type { EventRecord } from "../../compliance/archived.ts";
import { archiveHash, chainHash, keptHash } from "../../compliance/chain.ts";
import type { Sign, Statement } from "../../compliance/evidence.ts";
import { inChunks } from "../rows.ts";
import {
	type CheckpointRow,
	checkpointOf,
	type Deleted,
	deletedAsSigned,
	signDeletion,
} from "./checkpoints.ts";
import { type EventRow, eventColumns } from "./events.ts";
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

interface Head {
	readonly pruned: number;
	readonly pruned_hash: string;
}

export async function prune(
	tx: Knex,
	{ before, through, events, misdated }: Parameters<Archive["prune"]>[0],
	{ sign, tenure }: { readonly sign: Sign; readonly tenure: Tenure },
): Promise<number> {
	await holdLease(tx, tenure);
	const head: Head = await tx("archive_head").first("pruned", "pruned_hash");
	const signed = await demandAsSigned(tx, head);
	const released = await forgetReleased(tx, head.pruned, events);
	if (released > 0) {
		await signDeletion(tx, await withKept(tx, signed), sign);
		return released;
	}
	const rows: readonly Row[] = await tx("archive_events")
		.select("position", "room_id", "number", "hash", "at", "sequence")
		.where("position", ">", head.pruned)
		.where("position", "<=", through)
		.orderBy("position")
		.limit(events);
	const isOld = await oldness(tx, before, misdated);
	const young = rows.findIndex((row) => !isOld(row));
	const old = young === -1 ? rows : rows.slice(0, young);
	const last = old.at(-1);
	if (last === undefined) return 0;
	await demandTimes(tx, old);
	const kept = await deleteThose(tx, old, head);
	const now = { pruned: last.position, prunedBefore: before.toISOString() };
	await signDeletion(tx, await withKept(tx, now), sign);
	await forgetCheckpoints(tx, last.position);
	return old.length - kept;
}

/**
 * An event that a wrong clock has dated into the future says nothing of its age; what proves it is a checkpoint that was signed
 * when it stood here already. All others are believed: a checkpoint's clock may have been wrong too.
 */
async function oldness(
	tx: Knex,
	before: Date,
	misdated: Parameters<Archive["prune"]>[0]["misdated"],
): Promise<(row: Row) => boolean> {
	const now = misdated?.now.getTime() ?? Number.POSITIVE_INFINITY;
	const row: CheckpointRow | undefined = await tx("archive_checkpoints")
		.where("at", "<", before.getTime())
		.orderBy("number", "desc")
		.first();
	const checkpoint = row && checkpointOf(row);
	const isProof = checkpoint !== undefined && misdated?.isProven(checkpoint);
	const said = isProof
		? (JSON.parse(checkpoint.statement) as Statement)
		: undefined;
	const signed =
		said !== undefined && Date.parse(said.at) < before.getTime()
			? said.position
			: 0;
	return ({ at, position }) =>
		at < before.getTime() || (at > now && position <= signed);
}

/** All but those that are set aside; how many that were. */
async function deleteThose(
	tx: Knex,
	old: readonly Row[],
	{ pruned, pruned_hash }: Head,
): Promise<number> {
	const through = old.at(-1)?.position ?? pruned;
	const kept = await setAside(tx, old);
	await inChunks(
		old.map(({ position }) => position).filter((one) => !kept.has(one)),
		async (some) => {
			await tx("archive_events").whereIn("position", some).delete();
		},
	);
	await shorten(tx, old);
	await tx("archive_attendance").where("left_position", "<=", through).delete();
	await tx("archive_head")
		.where({ id: 1 })
		.update({
			pruned: through,
			pruned_hash: old.reduce(
				(hash, row) => archiveHash(hash, { ...row, chain: row.room_id }),
				pruned_hash,
			),
		});
	return kept.size;
}

/** Else what somebody claims to be deleted, or has put where it was, would be signed by who deletes next. */
async function demandAsSigned(tx: Knex, { pruned }: Head): Promise<Deleted> {
	const signed = await deletedAsSigned(tx);
	const { kept } = await withKept(tx, { pruned });
	if (signed.pruned === pruned && signed.kept === kept) return signed;
	throw new Unproven(
		`The archive says that events up to position ${pruned} are deleted; its newest checkpoint has signed ${signed.pruned}${signed.pruned === pruned ? ", and otherwise what of them is still there" : ""}. Somebody has altered it: nothing more is deleted. "compliance verify" says more.`,
	);
}

/** What is looked for by may have been altered, so that something young seems old. */
async function demandTimes(tx: Knex, old: readonly Row[]): Promise<void> {
	await inChunks(old, async (some) => {
		const times = new Map(some.map(({ position, at }) => [position, at]));
		const rows: readonly EventRow[] = await tx("archive_events")
			.select(eventColumns)
			.whereIn("position", [...times.keys()]);
		for (const { position, previous, hash, record } of rows) {
			const isItself =
				chainHash(previous, record) === hash &&
				Date.parse((JSON.parse(record) as EventRecord).at) ===
					times.get(position);
			if (isItself) continue;
			throw new Unproven(
				`The event at position ${position} was altered: nothing more is deleted. "compliance verify" says more.`,
			);
		}
	});
}

const keptAtOnce = 1_000;

/** What of it is still there. */
async function withKept(
	tx: Knex,
	{ kept: _, ...deleted }: Deleted,
): Promise<Deleted> {
	let kept: string | undefined;
	let last = 0;
	for (;;) {
		const rows: readonly Row[] = await tx("archive_events")
			.select("position", "room_id", "number", "hash")
			.where("position", ">", last)
			.where("position", "<=", deleted.pruned)
			.orderBy("position")
			.limit(keptAtOnce);
		for (const row of rows) kept = keptHash(kept, row);
		last = rows.at(-1)?.position ?? last;
		if (rows.length < keptAtOnce) break;
	}
	return kept === undefined ? deleted : { ...deleted, kept };
}

/** What stayed when those around it were deleted, because it was set aside then, and is not any more. */
async function forgetReleased(
	tx: Knex,
	pruned: number,
	atMost: number,
): Promise<number> {
	const positions: readonly number[] = await tx("archive_events")
		.whereBetween("position", [1, pruned])
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
		.orderBy("number", "desc")
		.first("number");
	if (first === undefined) return;
	await tx("archive_checkpoints").where("number", "<", first.number).delete();
}
