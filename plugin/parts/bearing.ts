/** How much this node bears: what is watched, and the question that is asked wherever requests are taken in. */
import { watchDatabaseWait } from "../load/database-wait.ts";
import { createLoad, type Load } from "../load/index.ts";
import { createMeasures } from "../load/measures.ts";
import { createPacing, type Pacing } from "../load/pacing.ts";
import type { Ground } from "./ground.ts";

export interface Bearing {
	readonly load: Load;
	/** Of answers to `bjoin`. */
	readonly pacing: Pacing;
	/** From now on, what waits for clients is watched too. */
	watchQueues(waiting: () => { readonly bytes: number }): void;
	close(): void;
}

export function openBearing(ground: Ground): Bearing {
	const { overload } = ground.service;
	const databaseWait = watchDatabaseWait(ground.database);
	let queued = () => ({ bytes: 0 });
	const measures = createMeasures(overload, {
		databaseWaitMs: databaseWait.longestMs,
		queuedBytes: () => queued().bytes,
	});
	const load = createLoad({
		measures: [...measures.all, ...ground.measures],
		log: ground.log,
	});
	return {
		load,
		pacing: createPacing(overload.batchJoinsAtOnce),
		watchQueues(waiting) {
			queued = waiting;
		},
		close() {
			load.close();
			measures.close();
			databaseWait.close();
		},
	};
}
