/** Table `audit`: what administrators did and were refused, by which door. */
import type { Knex } from "knex";
import type {
	AuditDoor,
	AuditEntry,
	AuditLog,
	AuditOutcome,
	NewAuditEntry,
} from "./store.ts";

interface Row {
	readonly position: number;
	readonly at: number;
	readonly actor_uri: string;
	readonly actor_name: string;
	readonly door: AuditDoor;
	readonly came_from: string;
	readonly action: string;
	readonly subject: string;
	readonly details: string;
	readonly outcome: AuditOutcome;
	readonly reason: string;
}

export function auditLog(db: Knex): AuditLog {
	return {
		async list({ from, before, actor, belowPosition, limit, ...exactly }) {
			const query = db<Row>("audit").orderBy("position", "desc").limit(limit);
			if (from !== undefined) query.where("at", ">=", from.getTime());
			if (before !== undefined) query.where("at", "<", before.getTime());
			if (belowPosition !== undefined) {
				query.where("position", "<", belowPosition);
			}
			if (actor !== undefined) {
				query.whereRaw(
					"(instr(lower(actor_uri), lower(?)) > 0 or instr(lower(actor_name), lower(?)) > 0)",
					[actor, actor],
				);
			}
			for (const [column, value] of Object.entries(exactly)) {
				if (value !== undefined) query.where(column, value);
			}
			return ((await query) as readonly Row[]).map(entry);
		},
		async add(given) {
			const [position = 0] = await db("audit").insert(columns(given));
			return Number(position);
		},
		async end(position, outcome, reason, details) {
			await db("audit")
				.where({ position })
				.update({ outcome, reason, details });
		},
		async prune(before, limit) {
			const old: readonly number[] = await db("audit")
				.where("at", "<", before.getTime())
				.orderBy("at")
				.limit(limit)
				.pluck("position");
			if (old.length === 0) return 0;
			return db("audit").whereIn("position", old).delete();
		},
	};
}

function columns(entry: NewAuditEntry) {
	const { actor, at, cameFrom, subject, ...rest } = entry;
	return {
		...rest,
		at: at.getTime(),
		actor_uri: actor.uri.slice(0, 255),
		actor_name: actor.displayName.slice(0, 256),
		came_from: cameFrom.slice(0, 512),
		subject: subject.slice(0, 512),
	};
}

function entry(row: Row): AuditEntry {
	const { position, at, actor_uri, actor_name, came_from, ...rest } = row;
	return {
		...rest,
		position: Number(position),
		at: new Date(Number(at)),
		actor: { uri: actor_uri, displayName: actor_name },
		cameFrom: came_from,
	};
}
