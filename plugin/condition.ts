/** How this node is doing, for whoever watches it. */
import type { RoomEvent } from "./rooms/events.ts";
import type { Store } from "./store/index.ts";

export interface Condition {
	/** Asks the database something; throws `ChatError('unavailable')`. */
	askDatabase(): Promise<void>;
	/** Is there a control connection to the SIP server? */
	sipConnected(): boolean;
	/** How old the oldest event is that compliance has not archived, as of the last look, in ms; 0 when there is none. */
	complianceBehindMs(): number;
	/** Dialogs open on this node. */
	dialogs(): number;
	/** People who have one. */
	people(): number;
	/** Called with every event that is told on this node; the answer ends it. */
	onEvent(listener: (event: RoomEvent) => void): () => void;
}

export interface ConditionNeeds
	extends Pick<Condition, "sipConnected" | "complianceBehindMs" | "onEvent"> {
	readonly store: Pick<Store, "rights">;
	readonly sessions: {
		all(): Iterable<{ readonly actor: { readonly uri: string } }>;
	};
}

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
		dialogs: () => [...sessions.all()].length,
		people: () =>
			new Set([...sessions.all()].map(({ actor }) => actor.uri)).size,
	};
}
