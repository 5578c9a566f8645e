/** Connections to Redis, one way for all: they come back by themselves, and whoever made one ends it. */
import { Cluster, Redis, type RedisOptions } from "ioredis";
import { readRedisAddress } from "./redis-address.ts";

export type { Redis } from "ioredis";
export type RedisKeys = Redis | Cluster;

const retryMs = { step: 100, last: 2_000 };
const connectMs = 2_000;
/** From there until it is known that the server can be used. */
const readyMs = 3_000;
/** How often a Redis Cluster is asked which of its servers has what. */
const refreshMs = 5_000;
/** A refusal may quote the command. */
const messageCharacters = 120;

/** While Redis is away every attempt fails alike: one word a while is enough. */
const seldomMs = 30_000;

const wait = (times: number) => Math.min(times * retryMs.step, retryMs.last);

/**
 * To what `readRedisAddress` reads: a server, where what is published is heard by all who subscribe, whichever server of a Redis Cluster they are at. `failed` hears,
 * now and then, that attempts to connect fail. Commands wait for the connection: bound your patience yourself.
 */
export function connectRedis(
	url: string,
	failed: (error: Error) => void,
	more: Pick<
		RedisOptions,
		| "enableOfflineQueue"
		| "autoResendUnfulfilledCommands"
		| "autoResubscribe"
		| "maxRetriesPerRequest"
	> = {},
): Redis {
	const { options, cluster = [] } = readRedisAddress(url);
	let turn = Math.floor(Math.random() * cluster.length);
	const redis = new Redis({
		...options,
		...cluster[turn],
		...patience,
		retryStrategy(times) {
			// The next server of a cluster: one that is down may stay so. COMPAT(ioredis): it reads these each time.
			turn = (turn + 1) % Math.max(cluster.length, 1);
			Object.assign(redis.options, cluster[turn]);
			return wait(times);
		},
		sentinelRetryStrategy: wait,
		sentinelCommandTimeout: connectMs,
		// Who is primary no more may still answer, or be silent for ever.
		failoverDetector: true,
		...more,
	});
	redis.on("error", toldOf(failed));
	giveUpSilent(redis);
	return redis;
}

/** A server that is hung takes a connection and says nothing: the driver would wait for its first word for ever. */
function giveUpSilent(redis: Redis): void {
	let timer: NodeJS.Timeout | undefined;
	redis.on("connect", () => {
		clearTimeout(timer);
		timer = setTimeout(() => redis.disconnect(true), readyMs);
	});
	for (const over of ["ready", "close", "end"]) {
		redis.on(over, () => clearTimeout(timer));
	}
}

/** As `connectRedis`, for what is kept: in a Redis Cluster each key by the server that has it. */
export function connectRedisKeys(
	url: string,
	failed: (error: Error) => void,
): RedisKeys {
	const { options, cluster } = readRedisAddress(url);
	if (cluster === undefined) return connectRedis(url, failed);
	const redis = new Cluster([...cluster], {
		redisOptions: { ...options, ...patience },
		clusterRetryStrategy: wait,
		slotsRefreshTimeout: connectMs,
		slotsRefreshInterval: refreshMs,
	});
	redis.on("error", toldOf(failed));
	return redis;
}

/** As BullMQ wants it: a command waits for the connection, however long. */
const patience = { connectTimeout: connectMs, maxRetriesPerRequest: null };

function toldOf(failed: (error: Error) => void): (error: Error) => void {
	return seldom((error) => failed(withoutCommand(error)));
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
