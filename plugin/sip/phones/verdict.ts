/** What the answer of a phone to a MESSAGE means for what is to be sent to it. */
import type { Answered } from "./sending.ts";

export type Verdict =
	| "taken"
	/** This message will never be taken; the next may be. */
	| "refused"
	/** There is nobody any more. */
	| "gone"
	/** Not now. */
	| { readonly waitMs: number };

const firstWaitMs = 5_000;
const lastWaitMs = 5 * 60_000;

const gone = new Set([404, 410, 604]);
/** It is about this message, or about who sends it; not about whether he is there. */
const refused = new Set([
	400, 403, 405, 406, 413, 414, 415, 416, 420, 488, 493, 501, 505, 513, 603,
	606,
]);

/** `attempt`: 1 for the first time in a row. */
export function verdictOn(
	{ status, retryAfterMs }: Answered,
	attempt: number,
): Verdict {
	if (status >= 200 && status < 300) return "taken";
	if (gone.has(status)) return "gone";
	if (refused.has(status)) return "refused";
	const backOffMs = firstWaitMs * 2 ** Math.min(attempt - 1, 10);
	return { waitMs: Math.min(Math.max(backOffMs, retryAfterMs), lastWaitMs) };
}
