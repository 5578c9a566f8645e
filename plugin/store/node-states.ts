/** Table `node_states`: what each node has to do, and whether it takes new clients. */
import type { Knex } from "knex";
import type { NodeStates } from "./store.ts";

interface Row {
	readonly node: string;
	readonly alive_at: number | null;
	readonly dialogs: number;
	readonly people: number;
	readonly drained_at: number | null;
	readonly drained_by: string | null;
}

const maxNodes = 1_000;

export function nodeStates(db: Knex): NodeStates {
	return {
		async list() {
			const rows: readonly Row[] = await db("node_states")
				.leftJoin("nodes", "nodes.node", "node_states.node")
				.orderBy("node_states.node")
				.limit(maxNodes)
				.select("node_states.*", "nodes.alive_at");
			return rows.map((row) => ({
				node: row.node,
				aliveAt: row.alive_at === null ? undefined : new Date(row.alive_at),
				dialogs: row.dialogs,
				people: row.people,
				...(row.drained_at !== null && {
					drained: {
						since: new Date(row.drained_at),
						by: row.drained_by ?? "",
					},
				}),
			}));
		},
		async report(node, { dialogs, people }) {
			await db("node_states")
				.insert({ node, dialogs, people })
				.onConflict("node")
				.merge(["dialogs", "people"]);
		},
		async isDrained(node) {
			const row: Pick<Row, "drained_at"> | undefined = await db("node_states")
				.where({ node })
				.first("drained_at");
			return row !== undefined && row.drained_at !== null;
		},
		async setDrained(node, drained) {
			const columns = {
				drained_at: drained?.since.getTime() ?? null,
				drained_by: drained?.by ?? null,
			};
			await db("node_states")
				.insert({ node, dialogs: 0, people: 0, ...columns })
				.onConflict("node")
				.merge(columns);
		},
	};
}
