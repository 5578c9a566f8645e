/** Work that is done again and again, one after the other, until it is closed: the only owner of its timer. */
export interface Ticker {
	/** Do it as soon as what is under way has ended. */
	wake(): void;
	/** Resolves when what was under way has ended. */
	close(): Promise<void>;
}

export interface TickerOptions {
	/** After how many milliseconds it is to be done again. */
	readonly work: () => Promise<number>;
	/** The same, when it has failed. */
	readonly failed: (error: unknown) => number;
}

/** A timer that is to run longer fires at once. */
const longestMs = 2 ** 31 - 1;

export function createTicker({ work, failed }: TickerOptions): Ticker {
	let closed = false;
	let wakeUp: (() => void) | undefined;
	let woken = false;

	async function run(): Promise<void> {
		while (!closed) {
			woken = false;
			const waitMs = await work().catch(failed);
			for (let leftMs = waitMs; leftMs >= 0; leftMs -= longestMs) {
				if (!closed && !woken) await pause(Math.min(leftMs, longestMs));
			}
		}
	}

	function pause(waitMs: number): Promise<void> {
		return new Promise((resolve) => {
			const timer = setTimeout(resolve, waitMs);
			wakeUp = () => {
				clearTimeout(timer);
				resolve();
			};
		});
	}

	function wake(): void {
		woken = true;
		wakeUp?.();
	}

	const running = run();
	return {
		wake,
		async close() {
			closed = true;
			wake();
			await running;
		},
	};
}
