/** This node among others: it says that it lives, hears what others tell, and parts whom a dead one has left in rooms. */
import { watchDeadNodes } from "../cluster/dead-nodes.ts";
import { startHeartbeat } from "../cluster/heartbeat.ts";
import { createPool, type OwnNode } from "../pool.ts";
import type { Endpoint } from "../sip/endpoint.ts";
import type { Ground } from "./ground.ts";
import type { House } from "./house.ts";
import type { Telling } from "./telling.ts";

const maxNodes = 1_000;

export function createOwnNode(
	{ service, store, now, log }: Ground,
	{ rooms }: House,
	{ sessions }: Telling,
): OwnNode {
	return createPool({
		...{ node: service.node, rooms, now, log },
		states: store.nodeStates,
		load: () => {
			const users = [...sessions.all()].map(({ actor }) => actor.uri);
			return { dialogs: users.length, people: new Set(users).size };
		},
	});
}

export interface AmongNodes {
	/** Does the database keep what it is given, as far as was found a second ago? */
	databaseKeeps(): boolean;
	close(): Promise<void>;
}

export function liveAmongNodes(
	{ service, store, cluster, log }: Ground,
	{ nodeRooms, rightsChanged }: House,
	{ sessions }: Telling,
	endpoint: Endpoint,
): AmongNodes {
	const heartbeat = startHeartbeat({
		alive: nodeRooms.alive,
		onFault: (error) =>
			log.warn({ err: error }, "not noted that this node lives"),
		onLate: cluster.late,
	});
	cluster.begin({
		here: sessions.inside,
		rightsChanged,
		takenOver: endpoint.endTakenOver,
	});
	const deadNodes = watchDeadNodes({
		node: service.node,
		list: () => store.nodes.aliveSince(new Date(0), maxNodes),
		takeOver: nodeRooms.partDead,
		log,
	});
	return {
		databaseKeeps: heartbeat.isHeard,
		async close() {
			await deadNodes.close();
			await heartbeat.close();
		},
	};
}
