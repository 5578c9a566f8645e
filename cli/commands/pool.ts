/** `persistent-chat pool …`: the nodes, and which of them take new clients. */
import type { NodeView } from "../operations/pool.ts";
import { type Command, type CommandContext, Misuse } from "./command.ts";
import type { Given } from "./given.ts";
import { table } from "./table.ts";

const dryRun = { "dry-run": { text: "only say what would be done" } } as const;

export const poolCommands: readonly Command[] = [
	{
		words: ["pool", "state"],
		summary:
			"Show the nodes: alive, with how many clients, drained or not, and what they do for all",
		examples: ["pool state", "pool state --json"],
		async run(_, { ask, show }) {
			const nodes = await ask("pool/state", {});
			show(nodes, () => nodesText(nodes));
		},
	},
	{
		words: ["pool", "drain"],
		summary:
			"Let a node keep its clients and take no new ones, also after a restart",
		takes: "NODE",
		flags: { yes: { text: "do not ask" }, ...dryRun },
		examples: ["pool drain chat-1", "pool drain chat-1 --dry-run"],
		async run(given, context) {
			const { node, others } = await chosen(given, context);
			const stay = `${node.dialogs} dialogs of ${node.people} people stay on it; ${others} other nodes take new clients.`;
			if (given.has("dry-run")) {
				return context.show({ ...node, others, dryRun: true }, () =>
					[`${node.node} would be drained: ${stay}`, unchanged].join("\n"),
				);
			}
			if (others === 0) {
				await context.confirm(
					`Drain ${node.node}? No other node takes new clients: nobody can sign in any more.`,
				);
			}
			const after = await context.ask("pool/drain", { node: node.node });
			context.show(after, () => `${after.node} is drained: ${stay}`);
		},
	},
	{
		words: ["pool", "resume"],
		summary: "Let a node take new clients again",
		takes: "NODE",
		flags: dryRun,
		examples: ["pool resume chat-1"],
		async run(given, context) {
			const { node } = await chosen(given, context);
			if (given.has("dry-run")) {
				return context.show({ ...node, dryRun: true }, () =>
					[`${node.node} would take new clients again.`, unchanged].join("\n"),
				);
			}
			const after = await context.ask("pool/resume", { node: node.node });
			context.show(after, () => `${after.node} takes new clients again.`);
		},
	},
];

const unchanged = "Nothing has been changed.";

/** The node, and how many others would take new clients. Throws `Misuse`. */
async function chosen(given: Given, { ask }: CommandContext) {
	const name = given.argument(0, "NODE");
	const nodes = await ask("pool/state", {});
	const node = nodes.find((each) => each.node === name);
	if (node === undefined) {
		const names = nodes.map((each) => each.node).join(", ");
		throw new Misuse(`There is no node "${name}": it is ${names}.`);
	}
	const others = nodes.filter(
		(each) => each !== node && each.alive && each.drained === null,
	);
	return { node, others: others.length };
}

function nodesText(nodes: readonly NodeView[]): string {
	return table(
		["NODE", "STATE", "HEARTBEAT", "DIALOGS", "PEOPLE", "HOLDS"],
		nodes.map((node) => [
			node.here ? `${node.node} (here)` : node.node,
			stateOf(node),
			node.aliveAt ?? "-",
			String(node.dialogs),
			String(node.people),
			node.holds.join(", ") || "-",
		]),
		"No node has said yet that it lives.",
	);
}

function stateOf({ alive, drained }: NodeView): string {
	const life = alive ? "alive" : "silent";
	if (drained === null) return life;
	return `${life}, drained by ${drained.by} ${drained.since}`;
}
