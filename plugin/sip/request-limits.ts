/**
 * How often requests of a kind may come: from one user, once it is known that they are his, and from one address. A trusted peer
 * carries many users: it is not counted as an address, or one of them could use up what is all of theirs.
 */
import type { TurnedAway } from "../turned-away.ts";
import type { IncomingRequest, Reply } from "./drachtio.ts";
import type { Rates } from "./options.ts";
import { createRateLimit, type RateLimit } from "./rate-limit.ts";

export interface RequestLimits {
	/** False: one too many from there, and answered. `source`: an address, or what stands for it behind a peer. */
	admitSource(request: IncomingRequest, reply: Reply, from: Sender): boolean;
	/** One too many of this user? */
	isTooMany(
		request: IncomingRequest,
		from: Pick<Sender, "source"> & { readonly user: string },
	): boolean;
	/** False: one too many of this user, and answered. */
	admitUser(
		request: IncomingRequest,
		reply: Reply,
		from: Sender & { readonly user: string },
	): boolean;
}

export interface Sender {
	readonly source: string;
	/** It is a trusted peer that sends. */
	readonly isPeer: boolean;
}

export const retryAfterSeconds = 5;
const burstSeconds = 10;

export function createRequestLimits({
	rates,
	turnedAway,
	now,
}: {
	readonly rates: { readonly perUser: Rates; readonly perSource: Rates };
	readonly turnedAway: Pick<TurnedAway, "throttled">;
	readonly now: () => number;
}): RequestLimits {
	const byUser = bucketsOf(rates.perUser, now);
	const bySource = bucketsOf(rates.perSource, now);

	function refuse(reply: Reply, { isPeer }: Sender): void {
		// 503 tells who sends to send nothing for a while: right for a client, wrong for who sends for many (RFC 3261, 21.5.4).
		reply.send(isPeer ? 480 : 503, "Too many requests", {
			headers: { "Retry-After": String(retryAfterSeconds) },
		});
	}

	const isTooMany: RequestLimits["isTooMany"] = (
		{ method },
		{ user, source },
	) => {
		if (byUser.get(method)?.take(user) !== false) return false;
		turnedAway.throttled("user", { method, user, source });
		return true;
	};

	return {
		admitSource(request, reply, from) {
			const { method } = request;
			if (bySource.get(method)?.take(from.source) !== false) return true;
			turnedAway.throttled("source", { method, source: from.source });
			refuse(reply, from);
			return false;
		},
		isTooMany,
		admitUser(request, reply, from) {
			if (!isTooMany(request, from)) return true;
			refuse(reply, from);
			return false;
		},
	};
}

function bucketsOf(
	rates: Rates,
	now: () => number,
): ReadonlyMap<string, RateLimit> {
	return new Map(
		Object.entries(rates).map(([method, perSecond]) => [
			method.toUpperCase(),
			createRateLimit(perSecond, perSecond * burstSeconds, now),
		]),
	);
}
