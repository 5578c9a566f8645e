/** Wrong passwords are counted by whose password is tried and where from, whatever else the request says; then no more are looked at. */
import { createOneByOne } from "./one-by-one.ts";
import { createRateLimit } from "./rate-limit.ts";

/** Of one source for one user. */
const perMinute = 10;
/** Of one source for all users together: an address may be that of many people, or of one who tries many. */
const allPerMinute = 300;

export interface Guess {
	readonly source: string;
	/** A trusted peer's source is that of many. */
	readonly isPeer: boolean;
	/** Whose password it would be. */
	readonly claimed: string;
}

/** `look` says whether the password is right; `isWrong`, of what it found, whether that counts as a guess. */
export type Guessing = <T>(
	guess: Guess,
	look: () => Promise<T>,
	isWrong: (found: T) => boolean,
) => Promise<T | "too-often">;

export function createGuessing(elapsedMs: () => number): Guessing {
	const perUser = createRateLimit(perMinute / 60, perMinute, elapsedMs);
	const perSource = createRateLimit(allPerMinute / 60, allPerMinute, elapsedMs);
	const oneByOne = createOneByOne();

	return ({ source, isPeer, claimed }, look, isWrong) => {
		const guesser = `${source} ${claimed}`;
		// Many at once would all be looked at before the first of them counts.
		return oneByOne(guesser, async () => {
			if (!perUser.allows(guesser) || !perSource.allows(source)) {
				return "too-often";
			}
			const found = await look();
			if (isWrong(found)) {
				perUser.take(guesser);
				if (!isPeer) perSource.take(source);
			}
			return found;
		});
	};
}
