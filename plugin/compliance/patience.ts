/** Waiting for what may never end, but no longer than a while. */
import { setTimeout as pause } from "node:timers/promises";

/** Whether it has ended well within the time; what becomes of it later, nobody hears. */
export async function endsWithin(
	waitMs: number,
	work: Promise<unknown>,
): Promise<boolean> {
	const late = new AbortController();
	try {
		return await Promise.race([
			work.then(
				() => true,
				() => false,
			),
			pause(waitMs, false, { signal: late.signal }).catch(() => false),
		]);
	} finally {
		late.abort();
	}
}
