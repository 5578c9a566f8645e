/** What was refused because somebody passed for another or asked too often: logged and counted, for whoever watches. */
import type { Logger } from "pino";

export type Suspicion =
	/** Named a caller without being a trusted peer. */
	| "forged-assertion"
	/** A trusted B2BUA that did not say who calls. */
	| "no-assertion"
	| "anonymous"
	/** From is not who was proved or asserted. */
	| "other-from"
	/** A message of which somebody else is said to be the author. */
	| "other-author"
	/** In a dialog that was begun from elsewhere. */
	| "other-source"
	| "wrong-password"
	/** The answer to a challenge, given a second time. */
	| "replayed-answer"
	/** To no challenge, an old one, or one that somebody else was given. */
	| "unknown-nonce"
	/** The answer to a challenge, given for another address than the request goes to. */
	| "other-resource"
	/** Nobody whom the directory knows. */
	| "unknown-user";

export type Throttle = "user" | "source";

export interface SuspectRequest {
	readonly callId?: string | undefined;
	readonly method?: string | undefined;
	readonly user?: string | undefined;
	readonly source?: string | undefined;
}

export interface TurnedAway {
	refused(why: Suspicion, request: SuspectRequest): void;
	throttled(by: Throttle, request: SuspectRequest & { method: string }): void;
	/** How often, since the node began. */
	counts(): TurnedAwayCounts;
}

export interface TurnedAwayCounts {
	readonly refused: ReadonlyMap<Suspicion, number>;
	readonly throttled: readonly {
		readonly method: string;
		readonly by: Throttle;
		readonly count: number;
	}[];
}

const every: readonly Suspicion[] = [
	"forged-assertion",
	"no-assertion",
	"anonymous",
	"other-from",
	"other-author",
	"other-source",
	"wrong-password",
	"replayed-answer",
	"unknown-nonce",
	"other-resource",
	"unknown-user",
];

export function createTurnedAway(log: Logger): TurnedAway {
	const refusals = new Map<Suspicion, number>(every.map((why) => [why, 0]));
	const throttles = new Map<
		string,
		{ readonly method: string; readonly by: Throttle; readonly count: number }
	>();
	return {
		refused(why, request) {
			refusals.set(why, (refusals.get(why) ?? 0) + 1);
			// An old nonce is what every client shows that has slept.
			if (why === "unknown-nonce") log.debug({ why, ...request }, "refused");
			else log.info({ why, ...request }, "refused");
		},
		throttled(by, request) {
			const { method } = request;
			const key = `${method} ${by}`;
			const entry = throttles.get(key) ?? { method, by, count: 0 };
			throttles.set(key, { ...entry, count: entry.count + 1 });
			log.debug({ by, ...request }, "asked too often");
		},
		counts: () => ({
			refused: new Map(refusals),
			throttled: [...throttles.values()],
		}),
	};
}
