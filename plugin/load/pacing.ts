/**
 * Work of which only so much is on its way at the same time: answers to `bjoin` are large, and when everybody signs in at once they
 * would hold up all else between this node and the SIP server.
 */

export interface Pacing {
	/** Nobody else can even wait. */
	full(): boolean;
	/** Resolves when it is his turn, with what ends it; after a while it is over in any case. */
	turn(): Promise<() => void>;
	waiting(): number;
}

/** Who signs in gives up after a while: he is refused rather than left to wait so long. */
const maxWaiting = 4_000;
/** A client that takes no answer is not waited for. */
const longestMs = 2_000;

export function createPacing(atOnce: number): Pacing {
	let busy = 0;
	const waiting: (() => void)[] = [];

	function begin(): () => void {
		let ended = false;
		const end = () => {
			if (ended) return;
			ended = true;
			clearTimeout(timer);
			const next = waiting.shift();
			if (next === undefined) busy -= 1;
			else next();
		};
		const timer = setTimeout(end, longestMs);
		timer.unref();
		return end;
	}

	return {
		full: () => waiting.length >= maxWaiting,
		async turn() {
			if (busy < atOnce) busy += 1;
			// Who is woken has been given the place of the one who woke him.
			else await new Promise<void>((go) => waiting.push(go));
			return begin();
		},
		waiting: () => waiting.length,
	};
}
