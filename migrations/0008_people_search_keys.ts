/** People who were there before 0002 are searched by the same key as everybody else: 0002 had left final sigmas as they are. */
import type { Knex } from "knex";
import { searchKey } from "../plugin/store/keys.ts";

const batchUsers = 400;

interface Row {
	readonly uri: string;
	readonly display_name: string;
	readonly email: string | null;
	readonly search_key: string | null;
}

export async function up(knex: Knex): Promise<void> {
	for (let after = ""; ; ) {
		const rows: readonly Row[] = await knex("users")
			.where("uri", ">", after)
			.orderBy("uri")
			.limit(batchUsers)
			.select("uri", "display_name", "email", "search_key");
		for (const { uri, display_name, email, search_key } of rows) {
			const key = searchKey(`${display_name} ${uri} ${email ?? ""}`);
			if (key === search_key) continue;
			await knex("users").where({ uri }).update({ search_key: key });
		}
		const last = rows.at(-1);
		if (last === undefined) return;
		after = last.uri;
	}
}

/** The key is right before this too. */
export async function down(): Promise<void> {}
