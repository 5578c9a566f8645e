/** How this node is doing, for whoever watches it. */
import type { RoomEvent } from "./rooms/events.ts";
import type { RegistrationState } from "./sip/registration.ts";
import type { SipServerState } from "./sip/server-links.ts";
import type { ServerReport } from "./sip/server-report.ts";
import type { WatchdogState } from "./sip/watchdog.ts";
import type { ReplicaState, Store } from "./store/index.ts";
import type { Happening } from "./traffic.ts";
import type { TurnedAwayCounts } from "./turned-away.ts";

export interface Condition {
	/** Asks the database something; throws `ChatError('unavailable')`. */
	askDatabase(): Promise<void>;
	/** False while it keeps nothing, though it may answer: its disk is full, or it is read-only. As of a second ago. */
	databaseKeeps(): boolean;
	/** Is there a control connection to the SIP server, or to one of several? */
	sipConnected(): boolean;
	/** Control connections lost since the start, and the dialogs that were lost with them. */
	losses(): { readonly connections: number; readonly dialogs: number };
	/** The service's address with each of the operator's registrars. */
	registrations(): readonly RegistrationState[];
	/** Does the SIP server bring requests here, as was last found through its SIP port? Of several: the one that does best. */
	sipWatchdog(): WatchdogState;
	/** Each SIP server that this node is beside, in the order in which they were given. */
	sipServers(): readonly SipServerState[];
	/** What the SIP server, or the first of several, has said of itself at the last connection; undefined before the first. */
	sipServer(): ServerReport | undefined;
	/** Keeps it its clients and takes no new ones? */
	drained(): boolean;
	/** How old the oldest event is that compliance has not archived, as of the last look, in ms; 0 when there is none. */
	complianceBehindMs(): number;
	/** Dialogs open on this node. */
	dialogs(): number;
	/** People who have one. */
	people(): number;
	/** How many messages clients of this node have taken since it began. */
	taken(): number;
	/** Its name. */
	readonly node: string;
	/** The nodes that said then or later that they live, 200 at most. Throws `unavailable`. */
	nodesSince(at: Date): ReturnType<Store["nodes"]["aliveSince"]>;
	/** Throws when files can neither be taken nor given. */
	askFiles(): Promise<void>;
	/** Undefined where this node uses none. */
	redisConnected(): boolean | undefined;
	/** Where compliance is kept: by this node, by another, by nobody. */
	readonly compliance: "here" | "elsewhere" | "off";
	/** What was refused because somebody passed for another, or asked too often. */
	turnedAway(): TurnedAwayCounts;
	/** What waits for clients of this node. */
	waiting(): { readonly bodies: number; readonly bytes: number };
	/** Connections to the chat database, and what waits for one. */
	databasePool(): {
		readonly used: number;
		readonly free: number;
		readonly waiting: number;
	};
	/** Read-only replicas for history and search, and how many questions the primary has answered in their place. */
	replicas(): {
		readonly states: readonly ReplicaState[];
		readonly answeredByPrimary: number;
	};
	/** Called with what this node does, as it does it; the answer ends it. */
	onHappening(listener: (happening: Happening) => void): () => void;
	/** Called with every event that is told on this node; the answer ends it. */
	onEvent(listener: (event: RoomEvent) => void): () => void;
}

export interface ConditionNeeds
	extends Pick<
		Condition,
		| "sipConnected"
		| "losses"
		| "registrations"
		| "sipWatchdog"
		| "sipServer"
		| "sipServers"
		| "drained"
		| "complianceBehindMs"
		| "onEvent"
		| "onHappening"
		| "waiting"
		| "databaseKeeps"
		| "databasePool"
		| "replicas"
		| "turnedAway"
		| "node"
		| "askFiles"
		| "redisConnected"
		| "compliance"
	> {
	readonly store: Pick<Store, "rights" | "nodes">;
	readonly sessions: {
		taken(): number;
		all(): Iterable<{ readonly actor: { readonly uri: string } }>;
	};
}

const maxNodes = 200;

export function createCondition({
	store,
	sessions,
	...rest
}: ConditionNeeds): Condition {
	return {
		...rest,
		async askDatabase() {
			await store.rights.generation();
		},
		taken: sessions.taken,
		nodesSince: (at) => store.nodes.aliveSince(at, maxNodes),
		dialogs: () => [...sessions.all()].length,
		people: () =>
			new Set([...sessions.all()].map(({ actor }) => actor.uri)).size,
	};
}
