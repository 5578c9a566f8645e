/** How often something has failed in a row for an adapter, and how long it waits until it is tried again. */
import type { Logger } from "pino";
import { type Archive, LeaseLost } from "./archive.ts";
import { reasonOf } from "./reason.ts";
import type { Holding } from "./tenure.ts";

export interface Attempts {
	/** Of the attempt that comes: 1 after a success. */
	next(): number;
	succeeded(): void;
	/** Tells it to the log and the archive; after how many milliseconds it is to be tried again. */
	failed(error: unknown): Promise<number>;
}

export interface AttemptsOptions {
	readonly name: string;
	readonly archive: Pick<Archive, "adapters">;
	readonly holding: Holding;
	/** The service stops. */
	readonly closing: AbortSignal;
	readonly now: () => Date;
	readonly log: Pick<Logger, "warn">;
}

/** Where nothing has failed, but it is not this node's to do. */
const idleMs = 500;
const backOffMs = { first: 1_000, last: 300_000 };

export function countAttempts(options: AttemptsOptions): Attempts {
	const { name, archive, holding, closing, now, log } = options;
	let attempt = 0;
	return {
		next: () => attempt + 1,
		succeeded() {
			attempt = 0;
		},
		async failed(error) {
			if (error instanceof LeaseLost) {
				holding.lost();
				return idleMs;
			}
			if (closing.aborted || holding.tenure() === undefined) return idleMs;
			attempt += 1;
			const waitMs = backOff(attempt);
			log.warn(
				{ err: error, attempt, waitMs },
				"not delivered; it comes again",
			);
			const at = now();
			const nextAt = new Date(at.getTime() + waitMs);
			await archive.adapters
				.failed(name, reasonOf(error), at, nextAt)
				.catch(() => {});
			return waitMs;
		},
	};
}

function backOff(attempt: number): number {
	const most = Math.min(
		backOffMs.first * 2 ** Math.min(attempt - 1, 20),
		backOffMs.last,
	);
	return most * (0.8 + Math.random() * 0.2);
}
