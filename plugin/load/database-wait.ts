/** How long somebody has been waiting for a connection to the database, as its pool tells. */
import type { Knex } from "knex";

/** COMPAT(knex): its types do not tell of the pool. */
interface TellingPool {
	on(
		event: "acquireRequest" | "acquireSuccess" | "acquireFail",
		listener: (request: number) => void,
	): void;
	removeListener(event: string, listener: (request: number) => void): void;
}

export interface DatabaseWait {
	/** Of the one who has waited longest; 0: nobody waits. */
	longestMs(): number;
	close(): void;
}

export function watchDatabaseWait(
	{ client }: Knex,
	elapsedMs: () => number = () => performance.now(),
): DatabaseWait {
	const { pool } = client as { readonly pool?: TellingPool };
	/** In the order in which they came. */
	const since = new Map<number, number>();
	const asked = (request: number) => void since.set(request, elapsedMs());
	const answered = (request: number) => void since.delete(request);
	pool?.on("acquireRequest", asked);
	pool?.on("acquireSuccess", answered);
	pool?.on("acquireFail", answered);
	return {
		longestMs() {
			const [first] = since.values();
			return first === undefined ? 0 : elapsedMs() - first;
		},
		close() {
			pool?.removeListener("acquireRequest", asked);
			pool?.removeListener("acquireSuccess", answered);
			pool?.removeListener("acquireFail", answered);
		},
	};
}
