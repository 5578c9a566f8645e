/** Table `archive_checkpoints`: what was signed of the archive. */
import type { Knex } from "knex";
import type {
	Checkpoint,
	Checkpoints,
	SignedHead,
	Unsigned,
} from "../../compliance/evidence.ts";
import { holdLease } from "./leases.ts";
import type { Write } from "./open.ts";

export interface CheckpointRow {
	readonly number: number;
	readonly at: number;
	readonly position: number;
	readonly statement: string;
	readonly signature: string;
	readonly key_id: string;
}

/** Of one statement: some 200 bytes each. */
const headsAtOnce = 1_000;

export function checkpoints(db: Knex, write: Write): Checkpoints {
	return {
		add: (sign, tenure) =>
			write(async (tx) => {
				// Whoever adds events holds the same lease: nothing is added until this has ended.
				await holdLease(tx, tenure);
				const unsigned = await whatHasChanged(tx);
				if (unsigned === undefined) return undefined;
				const signed = sign(unsigned);
				const { at, keyId, ...rest } = signed;
				await tx("archive_checkpoints").insert({
					...rest,
					at: at.getTime(),
					key_id: keyId,
				});
				return signed;
			}),
		async newest() {
			const row = await newestRow(db);
			return row && checkpointOf(row);
		},
	};
}

function newestRow(db: Knex): Promise<CheckpointRow | undefined> {
	return db("archive_checkpoints").orderBy("number", "desc").first();
}

async function whatHasChanged(tx: Knex): Promise<Unsigned | undefined> {
	const last = await newestRow(tx);
	const after = last?.position ?? 0;
	const found: readonly SignedHead[] = await tx("archive_chains")
		.select("room_id as chain", "number", "hash", "position")
		.where("position", ">", after)
		.orderBy("position")
		.limit(headsAtOnce + 1);
	const heads = found.slice(0, headsAtOnce);
	const newest = heads.at(-1);
	if (newest === undefined) return undefined;
	const head: { readonly hash: string; readonly pruned: number } = await tx(
		"archive_head",
	).first("hash", "pruned");
	return {
		number: (last?.number ?? 0) + 1,
		last: last?.statement,
		after,
		position: newest.position,
		hash: heads.length === found.length ? head.hash : null,
		pruned: head.pruned,
		heads,
	};
}

export function checkpointOf({
	key_id,
	at,
	...row
}: CheckpointRow): Checkpoint {
	return { ...row, at: new Date(at), keyId: key_id };
}
