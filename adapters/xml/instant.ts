/** One instant in the three forms of Lync's XML: milliseconds, ISO 8601 with seven decimals, .NET ticks. */

/** Between 0001-01-01 and 1970-01-01, of 100 ns each. */
const ticksTo1970 = 621_355_968_000_000_000n;
const ticksPerMs = 10_000n;

export interface Instant {
	/** Milliseconds since 1970. */
	readonly since1970: string;
	/** `2026-03-02T09:00:00.0000000Z` */
	readonly string: string;
	/** 100 ns since 0001-01-01; beyond what a `number` holds exactly. */
	readonly long: string;
}

/** Of ISO 8601 text in UTC with milliseconds. Throws `RangeError` for any other. */
export function instantOf(at: string): Instant {
	const date = new Date(at);
	if (date.toISOString() !== at) throw new RangeError("This is no instant.");
	const ms = BigInt(date.getTime());
	return {
		since1970: String(ms),
		string: at.replace("Z", "0000Z"),
		long: String(ticksTo1970 + ms * ticksPerMs),
	};
}
