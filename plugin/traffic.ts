/** What this node does, as it does it, for whoever measures: nothing is kept here, and nothing of it is anybody's text. */

import type { Store } from "./store/index.ts";

export type Happening =
	/** A SIP request of another was answered. */
	| {
			readonly type: "answered";
			readonly method: string;
			readonly status: number;
	  }
	/** A SIP request of ours in a dialog was; status 0: by nobody. */
	| { readonly type: "sent"; readonly method: string; readonly status: number }
	/** A command or message of a client was done, or refused; `command` is one that there is, or `unknown`. */
	| { readonly type: "command"; readonly command: string; readonly ms: number }
	| {
			readonly type: "transaction";
			readonly outcome: "committed" | "failed";
			readonly ms: number;
	  };

export interface Traffic {
	note(happening: Happening): void;
	/** Called with everything from now on; the answer ends it. It must not throw. */
	listen(listener: (happening: Happening) => void): () => void;
}

export function createTraffic(): Traffic {
	const listeners = new Set<(happening: Happening) => void>();
	return {
		note(happening) {
			for (const listener of listeners) listener(happening);
		},
		listen(listener) {
			listeners.add(listener);
			return () => void listeners.delete(listener);
		},
	};
}

/** The same, and how long each transaction takes is noted: with the wait for a connection, and what is begun again. */
export function timingTransactions(store: Store, note: Traffic["note"]): Store {
	return {
		...store,
		async transaction(work) {
			const begunAt = performance.now();
			let outcome: "committed" | "failed" = "failed";
			try {
				const result = await store.transaction(work);
				outcome = "committed";
				return result;
			} finally {
				const ms = performance.now() - begunAt;
				note({ type: "transaction", outcome, ms });
			}
		},
	};
}
