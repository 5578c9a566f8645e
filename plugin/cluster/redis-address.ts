/** Where Redis is: one server, or a primary that Sentinels name. */
import type { RedisOptions } from "ioredis";
import { z } from "zod";

export type RedisAddress = Pick<
	RedisOptions,
	| "host"
	| "port"
	| "username"
	| "password"
	| "db"
	| "tls"
	| "sentinels"
	| "name"
	| "sentinelUsername"
	| "sentinelPassword"
	| "sentinelTLS"
	| "enableTLSForSentinelMode"
>;

const ports = { redis: 6379, sentinel: 26379 };
const form =
	/^(?<scheme>rediss?(?:-sentinel)?):\/\/(?:(?<user>[^:@/]*):(?<password>[^@/]*)@)?(?<hosts>[^@/?#]+)(?:\/(?<db>\d{1,4})?)?(?:\?(?<query>[^#]*))?(?:#(?<name>[^#/]+))?$/;
const hostForm =
	/^(?<host>\[[0-9a-fA-F:.]+\]|[^:[\]]+)(?::(?<port>[1-9]\d{0,4}))?$/;
const sentinelLogin = ["sentinelUsername", "sentinelPassword"] as const;

/**
 * `redis://:password@host:6379/0` (`rediss:` with TLS), or
 * `redis-sentinel://:password@host:26379,host:26379,host:26379/0?sentinelPassword=…#mymaster` (`rediss-sentinel:` with TLS to
 * Sentinels and servers both): the password is that of the servers, what is behind `#` the name that the Sentinels watch them by.
 * What of it is not of letters and digits is written with `%`, as in every URL. Throws `Error` in words without the password.
 */
export function readRedisAddress(url: string): RedisAddress {
	const parts = form.exec(url)?.groups;
	if (parts === undefined) throw new Error(`must be like ${examples}`);
	const { scheme = "", hosts = "", db, name } = parts;
	const common = {
		...(parts.user && { username: decoded(parts.user) }),
		...(parts.password && { password: decoded(parts.password) }),
		...(db && { db: Number(db) }),
	};
	const isSecure = scheme.startsWith("rediss");
	if (!scheme.endsWith("-sentinel")) {
		if (name !== undefined || parts.query || hosts.includes(",")) {
			throw new Error(
				"one server has no name and nothing behind ?; with Sentinels, begin with redis-sentinel://",
			);
		}
		return {
			...common,
			...hostOf(hosts, ports.redis),
			...(isSecure && { tls: {} }),
		};
	}
	if (name === undefined) {
		throw new Error(
			"must end with # and the name by which the Sentinels watch the servers, like #mymaster",
		);
	}
	return {
		...common,
		...loginOf(parts.query),
		sentinels: hosts.split(",").map((host) => hostOf(host, ports.sentinel)),
		name: decoded(name),
		...(isSecure && {
			tls: {},
			sentinelTLS: {},
			enableTLSForSentinelMode: true,
		}),
	};
}

const examples =
	"redis://:password@host:6379 (rediss:// with TLS), or redis-sentinel://:password@host:26379,host:26379/0#mymaster";

/** A setting: the text of an address. */
export const redisSchema = z.string().superRefine((url, context) => {
	try {
		readRedisAddress(url);
	} catch (error) {
		const message = error instanceof Error ? error.message : `like ${examples}`;
		context.addIssue({ code: "custom", message });
	}
});

function hostOf(text: string, usualPort: number) {
	const { host, port } = hostForm.exec(text)?.groups ?? {};
	if (host === undefined || Number(port ?? 1) > 65_535) {
		throw new Error(`${JSON.stringify(text)} is not host:port`);
	}
	return {
		host: host.replace(/^\[|\]$/g, ""),
		port: Number(port ?? usualPort),
	};
}

function loginOf(query: string | undefined) {
	const given = new URLSearchParams(query);
	for (const key of given.keys()) {
		if (!sentinelLogin.some((known) => known === key)) {
			throw new Error(
				`knows ${sentinelLogin.join(" and ")} behind ?, and not ${JSON.stringify(key)}`,
			);
		}
	}
	const [username, password] = sentinelLogin.map((key) => given.get(key));
	return {
		...(username && { sentinelUsername: username }),
		...(password && { sentinelPassword: password }),
	};
}

function decoded(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		throw new Error("has a % that no two hexadecimal digits follow");
	}
}
