/** What looks at a file before anybody else may have it. */

export type Verdict = "clean" | "refused";

/** Throws when it cannot say, and soon after `signal` is aborted. */
export type Scanner = (path: string, signal: AbortSignal) => Promise<Verdict>;
