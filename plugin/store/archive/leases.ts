/** Table `archive_leases`: which node does what only one may do. */
import type { Knex } from "knex";
import {
	type Archive,
	LeaseLost,
	Overtaken,
	type Tenure,
	type Turn,
} from "../../compliance/archive.ts";
import { isSqlite } from "../database.ts";
import { faultOf } from "../faults.ts";

/** Nobody holds it. */
const nobody = "";

export function leases(db: Knex): Archive["leases"] {
	return {
		async find(lease) {
			return db("archive_leases")
				.where({ name: lease })
				.first("holder", "beat", "turn");
		},
		async take(lease, holder, from) {
			if (from === undefined) return insert(db, lease, holder);
			const taken = await db("archive_leases")
				.where({ name: lease, holder: from.holder, beat: from.beat })
				.update({ holder, beat: from.beat + 1, turn: 0 });
			return taken === 1;
		},
		async beat(lease, holder) {
			const beaten = await db("archive_leases")
				.where({ name: lease, holder })
				.increment("beat");
			return beaten === 1;
		},
		async release(lease, holder) {
			await db("archive_leases")
				.where({ name: lease, holder })
				.update({ holder: nobody });
		},
	};
}

async function insert(
	db: Knex,
	lease: string,
	holder: string,
): Promise<boolean> {
	try {
		await db("archive_leases").insert({
			name: lease,
			holder,
			beat: 1,
			turn: 0,
		});
		return true;
	} catch (error) {
		if (faultOf(error) === "duplicate") return false;
		throw error;
	}
}

/** Keeps the lease from being taken over until this transaction has ended. Throws `LeaseLost`. */
export async function holdLease(
	tx: Knex,
	{ lease, holder }: Tenure,
): Promise<void> {
	const query = tx("archive_leases").where({ name: lease, holder });
	if (!isSqlite(tx)) query.forUpdate();
	if ((await query.first("name")) === undefined) {
		throw new LeaseLost(`Another node has taken over "${lease}".`);
	}
}

/** The same for a batch, which is never added again after this transaction. Throws `LeaseLost`, `Overtaken`. */
export async function takeTurn(
	tx: Knex,
	{ lease, holder, turn }: Turn,
): Promise<void> {
	await holdLease(tx, { lease, holder });
	const taken = await tx("archive_leases")
		.where({ name: lease, holder })
		.where("turn", "<", turn)
		.update({ turn });
	if (taken === 0) {
		throw new Overtaken(`Batch ${turn} comes when a later one has been.`);
	}
}
