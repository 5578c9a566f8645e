/** Who guesses passwords waits longer and longer: counted before the guess is looked at, in bounded memory. */
import { DoorError } from "./errors.ts";

export interface BackOffLimits {
	/** Attempts until one waits. */
	readonly free: number;
	/** Then; doubled with each more. */
	readonly firstMs: number;
	readonly mostMs: number;
}

export interface BackOff {
	/** Counts an attempt and gives 0; or gives the time to wait until the next is looked at, in ms. */
	attempt(who: string): number;
	/** All that was counted is forgotten. */
	forgive(who: string): void;
	/** The last attempt is not counted. */
	takeBack(who: string): void;
}

/** Many people may share an address. */
export const perAddress: BackOffLimits = {
	free: 30,
	firstMs: 1_000,
	mostMs: 900_000,
};

/** What is forgotten first, when there are more, was not heard of for longest. */
const maxRemembered = 50_000;

export function createBackOff(
	{ free, firstMs, mostMs }: BackOffLimits,
	clock: () => number,
): BackOff {
	const now = elapsing(clock);
	const remembered = new Map<string, { count: number; freeAt: number }>();
	/** Without guesses for so long all is forgotten. */
	const forgetMs = mostMs * 2;

	return {
		attempt(who) {
			const at = now();
			const known = remembered.get(who);
			const current =
				known !== undefined && known.freeAt + forgetMs > at
					? known
					: { count: 0, freeAt: at };
			if (current.freeAt > at) return current.freeAt - at;
			const count = current.count + 1;
			const over = count - free + 1;
			const waitMs =
				over <= 0 ? 0 : Math.min(mostMs, firstMs * 2 ** Math.min(over - 1, 30));
			remembered.delete(who);
			remembered.set(who, { count, freeAt: at + waitMs });
			const [oldest] = remembered.keys();
			if (remembered.size > maxRemembered && oldest !== undefined) {
				remembered.delete(oldest);
			}
			return 0;
		},
		forgive(who) {
			remembered.delete(who);
		},
		takeBack(who) {
			const known = remembered.get(who);
			if (known === undefined) return;
			remembered.set(who, { count: known.count - 1, freeAt: now() });
		},
	};
}

/** What passes on a clock that may be set back: nothing passes then, and it goes on from there. */
function elapsing(clock: () => number): () => number {
	let last = clock();
	let elapsedMs = 0;
	return () => {
		const at = clock();
		elapsedMs += Math.max(0, at - last);
		last = at;
		return elapsedMs;
	};
}

/** Counts an attempt. Throws `too-often`. */
export function demandPatience(backOff: BackOff, who: string): void {
	const waitMs = backOff.attempt(who);
	if (waitMs === 0) return;
	const retryAfterSeconds = Math.ceil(waitMs / 1_000);
	throw new DoorError(
		"too-often",
		`Too many attempts to sign in; try again in ${retryAfterSeconds} s.`,
		{ retryAfterSeconds },
	);
}

/** What was counted for this look is not when it fails by a fault: that was nobody's guess. Throws what `look` throws. */
export async function takingBackFaults<T>(
	counted: readonly (readonly [backOff: BackOff, who: string])[],
	look: () => Promise<T>,
): Promise<T> {
	try {
		return await look();
	} catch (error) {
		for (const [backOff, who] of counted) backOff.takeBack(who);
		throw error;
	}
}
