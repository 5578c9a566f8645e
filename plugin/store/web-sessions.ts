/** Table `web_sessions`: who is signed in at the web door. */
import type { Knex } from "knex";
import type { UserUri } from "../rooms/types.ts";
import { inChunks } from "./rows.ts";
import { endSignInLink } from "./sign-in-links.ts";
import type {
	WebSession,
	WebSessionReader,
	WebSessionWriter,
} from "./store.ts";

interface WebSessionRow {
	readonly id: string;
	readonly token_sum: string;
	readonly user_uri: string;
	readonly begun_at: number;
	readonly seen_at: number;
	readonly ends_at: number;
}

export function webSessionReader(db: Knex): WebSessionReader {
	return {
		async find(by) {
			const row: WebSessionRow | undefined = await db("web_sessions")
				.where("id" in by ? { id: by.id } : { token_sum: by.tokenSum })
				.first();
			return row === undefined ? undefined : sessionFrom(row);
		},
		async living(ids, at) {
			const living: string[] = [];
			await inChunks(ids, async (some) => {
				const rows: readonly { readonly id: string }[] = await db(
					"web_sessions",
				)
					.whereIn("id", some)
					.where("ends_at", ">", at.getTime())
					.select("id");
				living.push(...rows.map(({ id }) => id));
			});
			return living;
		},
		async count(at) {
			const rows: readonly { readonly count: number | string }[] = await db(
				"web_sessions",
			)
				.where("ends_at", ">", at.getTime())
				.count({ count: "*" });
			return Number(rows[0]?.count ?? 0);
		},
	};
}

export function webSessionWriter(tx: Knex): WebSessionWriter {
	return {
		...webSessionReader(tx),
		async secret(fresh) {
			const name = "web-secret";
			await tx("settings")
				.insert({ name, value: fresh })
				.onConflict("name")
				.ignore();
			const row: { readonly value: string } | undefined = await tx("settings")
				.where({ name })
				.first("value");
			return row?.value ?? fresh;
		},
		async add({ id, tokenSum, user, begunAt, seenAt, endsAt }, most) {
			const older: readonly { readonly id: string }[] = await tx("web_sessions")
				.where({ user_uri: user })
				.orderBy([{ column: "begun_at", order: "desc" }, "id"])
				.forUpdate()
				.select("id");
			const tooMany = older.slice(Math.max(0, most - 1)).map((row) => row.id);
			if (tooMany.length > 0) {
				await tx("web_sessions").whereIn("id", tooMany).delete();
			}
			await tx("web_sessions").insert({
				id,
				token_sum: tokenSum,
				user_uri: user,
				begun_at: begunAt.getTime(),
				seen_at: seenAt.getTime(),
				ends_at: endsAt.getTime(),
			});
		},
		async seen(ids, at) {
			await inChunks(ids, async (some) => {
				await tx("web_sessions")
					.whereIn("id", some)
					.update({ seen_at: at.getTime() });
			});
		},
		async end(id) {
			await tx("web_sessions").where({ id }).delete();
		},
		endAll: (user) => endWebSessions(tx, user),
		async purge({ ended, seen }) {
			await tx("web_sessions")
				.where("ends_at", "<", ended.getTime())
				.orWhere("seen_at", "<", seen.getTime())
				.delete();
		},
	};
}

/** Who is turned off or given another password is signed out in the same transaction, and no link of his signs in. */
export async function endWebSessions(tx: Knex, user: UserUri): Promise<void> {
	await tx("web_sessions").where({ user_uri: user }).delete();
	await endSignInLink(tx, user);
}

function sessionFrom(row: WebSessionRow): WebSession {
	return {
		id: row.id,
		user: row.user_uri as UserUri,
		begunAt: new Date(Number(row.begun_at)),
		seenAt: new Date(Number(row.seen_at)),
		endsAt: new Date(Number(row.ends_at)),
	};
}
