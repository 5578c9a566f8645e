/** Connections to Redis, one way for all: they come back by themselves, and whoever made one ends it. */
import { Redis, type RedisOptions } from "ioredis";
import { readRedisAddress } from "./redis-address.ts";

export type { Redis } from "ioredis";

const retryMs = { step: 100, last: 2_000 };
const connectMs = 2_000;
/** A refusal may quote the command. */
const messageCharacters = 120;

/** While Redis is away every attempt fails alike: one word a while is enough. */
const seldomMs = 30_000;

/** To what `readRedisAddress` reads. `failed` hears, now and then, that attempts to connect fail. Commands wait for the connection: bound your patience yourself. */
export function connectRedis(
	url: string,
	failed: (error: Error) => void,
	more: Pick<
		RedisOptions,
		"enableOfflineQueue" | "autoResendUnfulfilledCommands" | "autoResubscribe"
	> = {},
): Redis {
	const wait = (times: number) => Math.min(times * retryMs.step, retryMs.last);
	const redis = new Redis({
		...readRedisAddress(url),
		connectTimeout: connectMs,
		// As BullMQ wants it: a command waits for the connection, however long.
		maxRetriesPerRequest: null,
		retryStrategy: wait,
		sentinelRetryStrategy: wait,
		sentinelCommandTimeout: connectMs,
		// Who is primary no more may still answer, or be silent for ever.
		failoverDetector: true,
		...more,
	});
	redis.on(
		"error",
		seldom((error) => failed(withoutCommand(error))),
	);
	return redis;
}

/** What Redis refused, without what was sent to it: the driver's errors carry the command, and that holds what people wrote. */
export function withoutCommand(error: unknown): Error {
	if (!(error instanceof Error)) return new Error("Redis refused.");
	const told = new Error(error.message.slice(0, messageCharacters));
	told.name = error.name;
	return told;
}

/** Passes the first of them on, and after that no more than one a while. */
export function seldom(tell: (error: Error) => void): (error: Error) => void {
	let toldAt = Number.NEGATIVE_INFINITY;
	return (error) => {
		if (performance.now() - toldAt < seldomMs) return;
		toldAt = performance.now();
		tell(error);
	};
}
