/** Operations on the nodes of the pool: how they are, and which take new clients. */
import { z } from "zod";
import type { PoolNode } from "../../plugin/pool.ts";
import { type OperationWork, operation, operationInTurn } from "./operation.ts";

const which = z.strictObject({ node: z.string().min(1).max(64) });

export interface NodeView {
	readonly node: string;
	readonly alive: boolean;
	/** The node that tells this. */
	readonly here: boolean;
	/** When it last said that it lives; null: never. */
	readonly aliveAt: string | null;
	/** Dialogs and people on it, as it last said. */
	readonly dialogs: number;
	readonly people: number;
	/** Null: it takes new clients. */
	readonly drained: { readonly since: string; readonly by: string } | null;
	/** What it does for the whole pool: `archive`, `adapter jsonl`. */
	readonly holds: readonly string[];
}

/** By name. */
export const poolState = operation(z.strictObject({}), async (work) => {
	const nodes = await work.pool.nodes(work.actor);
	const held = await leases(work);
	return nodes.map((node) => nodeView(node, held.get(node.node)));
});

export const drainNode = operationInTurn(which, async (work, { node }) =>
	nodeView(await work.pool.drain(work.actor, node)),
);

export const resumeNode = operationInTurn(which, async (work, { node }) =>
	nodeView(await work.pool.resume(work.actor, node)),
);

function nodeView(
	{ node, alive, here, aliveAt, dialogs, people, drained }: PoolNode,
	holds: readonly string[] = [],
): NodeView {
	return {
		node,
		alive,
		here,
		aliveAt: aliveAt?.toISOString() ?? null,
		dialogs,
		people,
		drained:
			drained === undefined
				? null
				: { since: drained.since.toISOString(), by: drained.by },
		holds,
	};
}

/** Which node does what only one may do, by node. Nothing where nothing is recorded. */
async function leases({
	compliance,
}: OperationWork): Promise<ReadonlyMap<string, readonly string[]>> {
	const held = new Map<string, string[]>();
	const holds = (node: string | undefined, what: string) => {
		if (node !== undefined) held.set(node, [...(held.get(node) ?? []), what]);
	};
	const status = await compliance?.status();
	holds(status?.relayedBy, "archive");
	for (const { name, workedBy } of status?.adapters ?? []) {
		holds(workedBy, `adapter ${name}`);
	}
	return held;
}
