/** Table `nodes`: until when each node is known to have lived. */
import type { Knex } from "knex";
import type { Nodes } from "./store.ts";

interface NodeRow {
	readonly node: string;
	readonly alive_at: number;
}

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
		async aliveSince(at, limit) {
			const rows: readonly NodeRow[] = await db("nodes")
				.where("alive_at", ">=", at.getTime())
				.orderBy("node")
				.limit(limit)
				.select("node", "alive_at");
			return rows.map(({ node, alive_at }) => ({
				node,
				aliveAt: new Date(Number(alive_at)),
			}));
		},
	};
}
