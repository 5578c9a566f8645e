/** Connections to Redis, one way for all: they come back by themselves, and whoever made one ends it. */
import { Redis } from "ioredis";

export type { Redis } from "ioredis";

const retryMs = { step: 100, last: 2_000 };
const connectMs = 2_000;

/** `failed` hears of every attempt to connect that fails. Commands wait for the connection: bound your patience yourself. */
export function connectRedis(
	url: string,
	failed: (error: Error) => void,
): Redis {
	const redis = new Redis(url, {
		connectTimeout: connectMs,
		// As BullMQ wants it: a command waits for the connection, however long.
		maxRetriesPerRequest: null,
		retryStrategy: (times) => Math.min(times * retryMs.step, retryMs.last),
	});
	redis.on("error", failed);
	return redis;
}
