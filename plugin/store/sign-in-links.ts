/** Table `sign_in_links`: at most one a user, which also says when he asked last. */
import type { Knex } from "knex";
import type { UserUri } from "../rooms/types.ts";
import type { SignInLinkReader, SignInLinkWriter } from "./store.ts";

interface LinkRow {
	readonly user_uri: string;
	readonly token_sum: string | null;
	readonly asked_at: number;
	readonly expires_at: number;
}

const table = "sign_in_links";

export function signInLinkReader(db: Knex): SignInLinkReader {
	return {
		async find(tokenSum) {
			const row: LinkRow | undefined = await db(table)
				.where({ token_sum: tokenSum })
				.first();
			return (
				row && {
					user: row.user_uri as UserUri,
					expiresAt: new Date(Number(row.expires_at)),
				}
			);
		},
	};
}

export function signInLinkWriter(tx: Knex): SignInLinkWriter {
	const { find } = signInLinkReader(tx);
	return {
		find,
		async put({ user, tokenSum, askedAt, expiresAt }, since) {
			// His row is there and locked from here on: of two who ask at once, one is first.
			await tx(table)
				.insert({ user_uri: user, asked_at: 0, expires_at: 0 })
				.onConflict("user_uri")
				.ignore();
			const row: LinkRow | undefined = await tx(table)
				.where({ user_uri: user })
				.forUpdate()
				.first();
			const last = Number(row?.asked_at ?? 0);
			if (last > since.getTime()) return new Date(last);
			await tx(table).where({ user_uri: user }).update({
				token_sum: tokenSum,
				asked_at: askedAt.getTime(),
				expires_at: expiresAt.getTime(),
			});
			return undefined;
		},
		async take(tokenSum) {
			const found = await find(tokenSum);
			if (found === undefined) return undefined;
			const taken = await tx(table)
				.where({ token_sum: tokenSum })
				.update({ token_sum: null });
			return taken === 0 ? undefined : found;
		},
		async purge(before) {
			await tx(table).where("expires_at", "<", before.getTime()).delete();
		},
	};
}

/** When he last asked stays known. */
export async function endSignInLink(tx: Knex, user: UserUri): Promise<void> {
	await tx(table).where({ user_uri: user }).update({ token_sum: null });
}
