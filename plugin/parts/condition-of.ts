/** The condition of this node, asked of the parts that know it. */
import { type Condition, createCondition } from "../condition.ts";
import type { PersistentChatOptions } from "../options.ts";
import type { Parts } from "./parts.ts";

export function conditionOf({
	ground,
	telling: { sessions },
	signingIn: { turnedAway },
	ownNode,
	amongNodes,
	endpoint: { link, waiting },
}: Parts): Condition {
	const { service, store, compliance, complianceSetting, cluster } = ground;
	return createCondition({
		...{ store, sessions, waiting },
		node: service.node,
		drained: ownNode.drained,
		databaseKeeps: amongNodes.databaseKeeps,
		databasePool: () => poolOf(ground.database),
		replicas: () => ({
			states: ground.replicas.states(),
			answeredByPrimary: ground.replicas.answeredByPrimary(),
		}),
		onHappening: ground.traffic.listen,
		onEvent: ground.fanOut.subscribe,
		sipConnected: link.connected,
		sipServer: link.report,
		sipServers: link.servers,
		losses: link.losses,
		registrations: link.registrations,
		sipWatchdog: link.watchdog,
		complianceBehindMs: compliance.behindMs,
		compliance:
			typeof complianceSetting === "string" ? complianceSetting : "here",
		redisConnected: () =>
			whole([cluster.redisConnected(), compliance.redisConnected()]),
		askFiles: ground.files.answer,
		turnedAway: turnedAway.counts,
	});
}

/** Of what is used here, all; undefined: nothing is. */
function whole(all: readonly (boolean | undefined)[]): boolean | undefined {
	const used = all.filter((each) => each !== undefined);
	return used.length === 0 ? undefined : used.every((each) => each);
}

/** knex's own count; its types do not tell of it. */
function poolOf({ client }: PersistentChatOptions["database"]) {
	const { pool } = client as {
		readonly pool?: {
			numUsed(): number;
			numFree(): number;
			numPendingAcquires(): number;
		};
	};
	return {
		used: pool?.numUsed() ?? 0,
		free: pool?.numFree() ?? 0,
		waiting: pool?.numPendingAcquires() ?? 0,
	};
}
