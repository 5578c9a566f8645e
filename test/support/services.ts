/** The servers that tests can have for themselves. */
export { type MariadbService, startMariadb } from "./mariadb.ts";
export { type RedisService, startRedis } from "./redis.ts";
export { startWatchedRedis, type WatchedRedis } from "./sentinels.ts";
export { freePort, type Service } from "./service.ts";
