/** Table `archive_checkpoints`: what was signed of the archive. */
import type { Knex } from "knex";
import type {
	Checkpoint,
	Checkpoints,
	Sign,
	SignedHead,
	Statement,
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
				const unsigned = await whatCame(tx);
				if (unsigned.heads.length === 0) return undefined;
				return keep(tx, sign(unsigned));
			}),
		async newest() {
			const row = await newestRow(db);
			return row && checkpointOf(row);
		},
	};
}

/** What was said last of what is deleted. */
export type Deleted = Pick<Statement, "pruned" | "prunedBefore" | "kept">;

export async function deletedAsSigned(tx: Knex): Promise<Deleted> {
	const row = await newestRow(tx);
	return row === undefined ? { pruned: 0 } : deletedIn(row.statement);
}

/** A statement of what is deleted now, and of what has come. */
export async function signDeletion(
	tx: Knex,
	deleted: Deleted,
	sign: Sign,
): Promise<void> {
	const { kept: _, ...unsigned } = await whatCame(tx);
	await keep(tx, sign({ ...unsigned, ...deleted }));
}

async function keep(tx: Knex, signed: Checkpoint): Promise<Checkpoint> {
	const { at, keyId, ...rest } = signed;
	await tx("archive_checkpoints").insert({
		...rest,
		at: at.getTime(),
		key_id: keyId,
	});
	return signed;
}

function newestRow(db: Knex): Promise<CheckpointRow | undefined> {
	return db("archive_checkpoints").orderBy("number", "desc").first();
}

/** What is said of deletions is what was said last, whatever the archive says: only who deletes says more. */
async function whatCame(tx: Knex): Promise<Unsigned> {
	const last = await newestRow(tx);
	const after = last?.position ?? 0;
	const found: readonly SignedHead[] = await tx("archive_chains")
		.select("room_id as chain", "number", "hash", "position")
		.where("position", ">", after)
		.orderBy("position")
		.limit(headsAtOnce + 1);
	const heads = found.slice(0, headsAtOnce);
	const newest = heads.at(-1);
	const isAll = newest !== undefined && heads.length === found.length;
	const head: { readonly hash: string } =
		await tx("archive_head").first("hash");
	return {
		number: (last?.number ?? 0) + 1,
		last: last?.statement,
		after,
		position: newest?.position ?? after,
		hash: isAll ? head.hash : null,
		...(last === undefined ? { pruned: 0 } : deletedIn(last.statement)),
		heads,
	};
}

function deletedIn(statement: string): Deleted {
	const { pruned, prunedBefore, kept } = JSON.parse(statement) as Statement;
	return {
		pruned,
		...(prunedBefore !== undefined && { prunedBefore }),
		...(kept !== undefined && { kept }),
	};
}

export function checkpointOf({
	key_id,
	at,
	...row
}: CheckpointRow): Checkpoint {
	return { ...row, at: new Date(at), keyId: key_id };
}
