/** Trying again with growing, jittered pauses, so that many clients do not come back as one. */

export interface BackOff {
	/** The longest first pause. */
	readonly firstDelayMs: number;
	/** No pause is longer. */
	readonly maxDelayMs: number;
}

export const defaultBackOff: BackOff = {
	firstDelayMs: 500,
	maxDelayMs: 30_000,
};

/** The pause before attempt 0, 1, 2 …: doubling, and anywhere between half and all of it. */
export function pauseMs(
	{ firstDelayMs, maxDelayMs }: BackOff,
	attempt: number,
): number {
	const full = Math.min(maxDelayMs, firstDelayMs * 2 ** Math.min(attempt, 30));
	return full * (0.5 + Math.random() / 2);
}

/** Resolves with true after `ms`, with false as soon as `signal` aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<boolean> {
	return new Promise((resolve) => {
		const finish = (whole: boolean) => {
			clearTimeout(timer);
			signal.removeEventListener("abort", aborted);
			resolve(whole);
		};
		const aborted = () => finish(false);
		const timer = setTimeout(() => finish(true), ms);
		signal.addEventListener("abort", aborted);
		if (signal.aborted) aborted();
	});
}
