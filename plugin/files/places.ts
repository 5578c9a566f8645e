/** So many at once; the others wait, first come, first served. */

export interface Places {
	/** What `work` resolves with. Throws what it throws, or when `signal` is aborted before its turn has come. */
	within<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

export function createPlaces(count: number): Places {
	const waiting: (() => void)[] = [];
	let free = count;

	function turn(signal: AbortSignal | undefined): Promise<void> {
		return new Promise((resolve, reject) => {
			const giveUp = () => {
				waiting.splice(waiting.indexOf(begin), 1);
				reject(new Error("Its turn did not come in time"));
			};
			const begin = () => {
				signal?.removeEventListener("abort", giveUp);
				resolve();
			};
			signal?.addEventListener("abort", giveUp);
			waiting.push(begin);
		});
	}

	return {
		async within(work, signal) {
			signal?.throwIfAborted();
			// Whoever leaves gives his place to the next one, so none is free while somebody waits.
			if (free === 0) await turn(signal);
			else free -= 1;
			try {
				return await work();
			} finally {
				const next = waiting.shift();
				if (next === undefined) free += 1;
				else next();
			}
		},
	};
}
