/** Read-only replicas for history and search: each in turn is asked, and the primary where none can answer. */
import type { Knex } from "knex";
import {
	createReplica,
	type ReplicaDatabase,
	type ReplicaState,
	type ReplicaWork,
} from "./replica.ts";
import type { ReadBack, ReadFrom, RoomAsRead, Store } from "./store.ts";

export interface Replicas {
	/** As the store's own, by a replica where one has it. */
	readonly readBack: ReadBack;
	/** In the order in which they were given. */
	states(): readonly ReplicaState[];
	/** Questions that the primary has answered in place of a replica. */
	answeredByPrimary(): number;
	close(): Promise<void>;
}

export function openReplicas(
	given: readonly ReplicaDatabase[],
	{
		primary,
		store,
		...work
	}: Pick<ReplicaWork, "now" | "log"> & {
		readonly primary: Knex;
		readonly store: Pick<Store, "id" | "readBack">;
	},
): Replicas {
	const replicas = given.map((each) =>
		createReplica(each, { ...work, primary, id: store.id }),
	);
	let turn = 0;
	let answeredByPrimary = 0;
	return {
		async readBack<T>(
			rooms: readonly RoomAsRead[],
			read: (from: ReadFrom) => Promise<T>,
		): Promise<T> {
			if (replicas.length === 0) return store.readBack(rooms, read);
			turn = (turn + 1) % replicas.length;
			const inTurn = [...replicas.slice(turn), ...replicas.slice(0, turn)];
			for (const replica of inTurn) {
				const found = await replica.readBack(rooms, read);
				if (found !== undefined) return found.answer;
			}
			answeredByPrimary += 1;
			return store.readBack(rooms, read);
		},
		states: () => replicas.map(({ state }) => state()),
		answeredByPrimary: () => answeredByPrimary,
		async close() {
			await Promise.all(replicas.map(({ close }) => close()));
		},
	};
}
