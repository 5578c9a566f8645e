/** Table `nodes`: until when each node is known to have lived. */
import type { Knex } from "knex";
import type { Nodes } from "./store.ts";

export function nodeTable(db: Knex): Nodes {
	return {
		async alive(node, at) {
			await db("nodes")
				.insert({ node, alive_at: at.getTime() })
				.onConflict("node")
				.merge();
		},
		async lastAlive(node) {
			const row: { readonly alive_at: number } | undefined = await db("nodes")
				.where({ node })
				.first("alive_at");
			return row && new Date(row.alive_at);
		},
	};
}
