/** How many requests outside dialogs one source address may send: whoever floods is shed before anybody else has to wait. */

const maxSources = 10_000;

interface Bucket {
	tokens: number;
	at: number;
}

/** An IPv6 host usually has a whole /64 to itself. */
function sourceOf(host: string): string {
	if (!host.includes(":")) return host;
	const [head = ""] = host.split("::");
	return head.split(":").slice(0, 4).join(":");
}

export class Sources {
	readonly #perSecond: number;
	readonly #burst: number;
	readonly #buckets = new Map<string, Bucket>();

	constructor(perSecond: number, burst: number) {
		this.#perSecond = perSecond;
		this.#burst = burst;
	}

	/** True when this host may send one more request now. */
	take(host: string, now = performance.now()): boolean {
		const key = sourceOf(host);
		const known = this.#buckets.get(key);
		const since = known === undefined ? 0 : now - known.at;
		const left = known?.tokens ?? this.#burst;
		const tokens = Math.min(
			this.#burst,
			left + (since * this.#perSecond) / 1000,
		);
		// The one that was silent for longest comes first, and is forgotten first.
		this.#buckets.delete(key);
		if (this.#buckets.size >= maxSources)
			for (const oldest of this.#buckets.keys()) {
				this.#buckets.delete(oldest);
				break;
			}
		this.#buckets.set(key, { tokens: Math.max(0, tokens - 1), at: now });
		if (tokens >= 1) return true;
		this.#buckets.set(key, { tokens, at: now });
		return false;
	}
}
