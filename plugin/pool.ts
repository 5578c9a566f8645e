/** The nodes of the pool, as each can tell: who lives and has how many clients; and a node is drained or takes clients again. */
import type { Logger } from "pino";
import { createTicker } from "./compliance/ticker.ts";
import { ChatError } from "./errors.ts";
import type { Rooms } from "./rooms/index.ts";
import type { Actor } from "./rooms/types.ts";
import type { NodeState, NodeStates } from "./store/index.ts";

/** All throw `forbidden` for anybody but administrators. */
export interface Pool {
	/** By name; what has not lived for a day and is not drained is left out. */
	nodes(actor: Actor): Promise<readonly PoolNode[]>;
	/** It keeps its clients and takes no new ones, also after a restart. Throws `malformed` for a node that nobody knows. */
	drain(actor: Actor, node: string): Promise<PoolNode>;
	/** It takes new clients again. Throws likewise. */
	resume(actor: Actor, node: string): Promise<PoolNode>;
}

export interface PoolNode extends NodeState {
	/** It has said so a moment ago. */
	readonly alive: boolean;
	/** The one that tells this. */
	readonly here: boolean;
}

/** What this node itself does of it. */
export interface OwnNode {
	readonly pool: Pool;
	/** Takes this node no new clients? As the database last said, two seconds ago at most while it answers. */
	drained(): boolean;
	/** Of these nodes, the one that lives, takes new clients and has the fewest dialogs, as they said two seconds ago; undefined: none is known to. */
	lightest(among: readonly string[]): string | undefined;
	close(): Promise<void>;
}

export interface PoolNeeds {
	readonly node: string;
	readonly states: NodeStates;
	readonly rooms: Pick<Rooms, "asAct" | "demandAdministrator">;
	readonly load: () => { readonly dialogs: number; readonly people: number };
	readonly now: () => Date;
	readonly log: Pick<Logger, "info" | "warn">;
}

const lookEveryMs = 2_000;
/** Nodes say every second that they live. */
const aliveWithinMs = 5_000;
const forgottenAfterMs = 86_400_000;

export function createPool(needs: PoolNeeds): OwnNode {
	const { node, states, rooms, load, now, log } = needs;
	let drained = false;
	let failing = false;
	let known: readonly PoolNode[] = [];
	/** Who was sent to each since they last said how many they have. */
	const sent = new Map<string, number>();

	async function look(): Promise<number> {
		await states.report(node, load());
		const found = await states.isDrained(node);
		if (found !== drained) {
			log.info({ node }, found ? "drained: takes no new clients" : "resumed");
		}
		drained = found;
		known = await list();
		sent.clear();
		failing = false;
		return lookEveryMs;
	}

	const ticker = createTicker({
		work: look,
		failed(error) {
			if (!failing) log.warn({ err: error }, "state of this node not told");
			failing = true;
			return lookEveryMs;
		},
	});

	async function list(): Promise<readonly PoolNode[]> {
		const at = now().getTime();
		const silentMs = ({ aliveAt }: NodeState) =>
			aliveAt === undefined ? forgottenAfterMs : at - aliveAt.getTime();
		return (await states.list())
			.filter(
				(each) =>
					each.drained !== undefined || silentMs(each) < forgottenAfterMs,
			)
			.map((each) => ({
				...each,
				alive: silentMs(each) < aliveWithinMs,
				here: each.node === node,
			}));
	}

	async function found(name: string): Promise<PoolNode> {
		const nodes = await list();
		const one = nodes.find((each) => each.node === name);
		if (one !== undefined) return one;
		const names = nodes.map((each) => each.node).join(", ");
		throw new ChatError(
			"malformed",
			`There is no node "${name}": it is ${names || "none yet"}.`,
		);
	}

	function change(action: string, actor: Actor, name: string) {
		return rooms.asAct(actor, { action, subject: name }, async () => {
			await rooms.demandAdministrator(actor);
			const before = await found(name);
			const drains = action === "node-drained";
			const since = { since: now(), by: actor.displayName };
			if (drains !== (before.drained !== undefined)) {
				await states.setDrained(name, drains ? since : undefined);
			}
			ticker.wake();
			return found(name);
		});
	}

	return {
		pool: {
			async nodes(actor) {
				await rooms.demandAdministrator(actor);
				return list();
			},
			drain: (actor, name) => change("node-drained", actor, name),
			resume: (actor, name) => change("node-resumed", actor, name),
		},
		drained: () => drained,
		lightest(among) {
			const weight = ({ node: name, dialogs }: PoolNode) =>
				(dialogs ?? 0) + (sent.get(name) ?? 0);
			const [lightest] = known
				.filter(
					(each) =>
						each.alive &&
						each.drained === undefined &&
						among.includes(each.node),
				)
				.sort((one, other) => weight(one) - weight(other));
			if (lightest === undefined) return undefined;
			const { node: name } = lightest;
			sent.set(name, (sent.get(name) ?? 0) + 1);
			return name;
		},
		close: () => ticker.close(),
	};
}
