/** How often somebody may do something: a token bucket each, in bounded memory. */

export interface RateLimit {
	/** Takes one token; false when there is none. */
	take(who: string): boolean;
	/** Is there a token? Takes none. */
	allows(who: string): boolean;
}

const maxBuckets = 50_000;

export function createRateLimit(
	perSecond: number,
	burst: number,
	now: () => number,
): RateLimit {
	const buckets = new Map<string, { tokens: number; at: number }>();

	function fill(who: string): { tokens: number; at: number } {
		const at = now();
		const old = buckets.get(who);
		if (old === undefined) return { tokens: burst, at };
		const refilled = old.tokens + ((at - old.at) / 1000) * perSecond;
		return { tokens: Math.min(burst, refilled), at };
	}

	return {
		allows: (who) => fill(who).tokens >= 1,
		take(who) {
			const bucket = fill(who);
			const granted = bucket.tokens >= 1;
			if (granted) bucket.tokens -= 1;
			// The one not seen for longest is forgotten first.
			buckets.delete(who);
			buckets.set(who, bucket);
			const [oldest] = buckets.keys();
			if (buckets.size > maxBuckets && oldest !== undefined) {
				buckets.delete(oldest);
			}
			return granted;
		},
	};
}
