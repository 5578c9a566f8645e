/** The setting that says where Redis is. */
import { deepEqual, throws } from "node:assert/strict";
import { readRedisAddress } from "../../plugin/cluster/redis-address.ts";

describe("the address of Redis", () => {
	for (const [url, address] of [
		["redis://redis.example.com", { host: "redis.example.com", port: 6379 }],
		[
			"redis://:s%40crt@[2001:db8::1]:6380/3",
			{ host: "2001:db8::1", port: 6380, password: "s@crt", db: 3 },
		],
		[
			"rediss://chat:pw@redis.example.com/",
			{
				host: "redis.example.com",
				port: 6379,
				username: "chat",
				password: "pw",
				tls: {},
			},
		],
		[
			"redis-sentinel://:pw@one,two:26380,[::1]:5/0?sentinelPassword=a%2Bb#my%20master",
			{
				password: "pw",
				db: 0,
				sentinels: [
					{ host: "one", port: 26379 },
					{ host: "two", port: 26380 },
					{ host: "::1", port: 5 },
				],
				sentinelPassword: "a+b",
				name: "my master",
			},
		],
		[
			"rediss-sentinel://one#chat",
			{
				sentinels: [{ host: "one", port: 26379 }],
				name: "chat",
				tls: {},
				sentinelTLS: {},
				enableTLSForSentinelMode: true,
			},
		],
	] as const) {
		it(`is read from ${url}`, () => {
			deepEqual(readRedisAddress(url), { options: address });
		});
	}

	it("is read of a Redis Cluster as some of its servers", () => {
		deepEqual(readRedisAddress("rediss-cluster://chat:pw@one,[::1]:7000"), {
			options: { username: "chat", password: "pw", tls: {} },
			cluster: [
				{ host: "one", port: 6379 },
				{ host: "::1", port: 7000 },
			],
		});
	});

	for (const [url, complaint] of [
		["http://redis.example.com", /must be like redis:\/\/:password@host:6379/],
		["redis://", /must be like/],
		["redis://host:0", /"host:0" is not host:port/],
		["redis://host:65536", /is not host:port/],
		["redis://one,two", /redis-sentinel:\/\/ if .* redis-cluster:\/\/ if/],
		["redis-cluster://one,two/3", /a Redis Cluster has only 0/],
		["redis-cluster://one#chat", /begin with redis-sentinel:\/\//],
		["redis-cluster://one?a=b", /begin with redis-sentinel:\/\//],
		["redis://one#chat", /begin with redis-sentinel:\/\//],
		["redis-sentinel://one,two", /like #mymaster/],
		["redis-sentinel://one,,two#chat", /"" is not host:port/],
		["redis-sentinel://one?password=x#chat", /and not "password"/],
		["redis://:50%@host", /% that no two hexadecimal digits follow/],
	] as const) {
		it(`is not ${url}`, () => {
			throws(() => readRedisAddress(url), complaint);
		});
	}

	it("is refused without a word of its password", () => {
		throws(
			() => readRedisAddress("redis://:sesame@one:2:3"),
			(error: Error) => !error.message.includes("sesame"),
		);
	});
});
