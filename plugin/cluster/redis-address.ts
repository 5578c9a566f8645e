/** Where Redis is: one server, a primary that Sentinels name, or a Redis Cluster. */
import type { RedisOptions } from "ioredis";
import { z } from "zod";

export interface RedisHost {
	readonly host: string;
	readonly port: number;
}

export interface RedisAddress {
	readonly options: RedisServerOptions;
	/** Of a Redis Cluster, some of its servers: they name the others. */
	readonly cluster?: readonly RedisHost[];
}

export type RedisServerOptions = Pick<
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
	/^(?<scheme>rediss?(?:-sentinel|-cluster)?):\/\/(?:(?<user>[^:@/]*):(?<password>[^@/]*)@)?(?<hosts>[^@/?#]+)(?:\/(?<db>\d{1,4})?)?(?:\?(?<query>[^#]*))?(?:#(?<name>[^#/]+))?$/;
const hostForm =
	/^(?<host>\[[0-9a-fA-F:.]+\]|[^:[\]]+)(?::(?<port>[1-9]\d{0,4}))?$/;
const sentinelLogin = ["sentinelUsername", "sentinelPassword"] as const;

/**
 * `redis://:password@host:6379/0` (`rediss:` with TLS), or
 * `redis-sentinel://:password@host:26379,host:26379,host:26379/0?sentinelPassword=…#mymaster` (`rediss-sentinel:` with TLS to
 * Sentinels and servers both): the password is that of the servers, what is behind `#` the name that the Sentinels watch them by.
 * `redis-cluster://:password@host:6379,host:6379` (`rediss-cluster:` with TLS): some servers of a Redis Cluster.
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
	const named = { name, query: parts.query };
	if (scheme.endsWith("-sentinel")) {
		return { options: { ...common, ...watched(hosts, named, isSecure) } };
	}
	if (name !== undefined || parts.query) {
		throw new Error(
			"has a name or something behind ?, which only Sentinels know: begin with redis-sentinel://",
		);
	}
	const options = { ...common, ...(isSecure && { tls: {} }) };
	if (scheme.endsWith("-cluster")) {
		if (Number(db ?? 0) > 0) {
			throw new Error("has a database's number; a Redis Cluster has only 0");
		}
		const cluster = hosts.split(",").map((host) => hostOf(host, ports.redis));
		return { options, cluster };
	}
	if (hosts.includes(",")) {
		throw new Error(
			"names several servers: begin with redis-sentinel:// if these are Sentinels, redis-cluster:// if they are a Redis Cluster",
		);
	}
	return { options: { ...options, ...hostOf(hosts, ports.redis) } };
}

/** A primary that Sentinels name. */
function watched(
	hosts: string,
	named: {
		readonly name?: string | undefined;
		readonly query?: string | undefined;
	},
	isSecure: boolean,
): RedisServerOptions {
	if (named.name === undefined) {
		throw new Error(
			"must end with # and the name by which the Sentinels watch the servers, like #mymaster",
		);
	}
	return {
		...loginOf(named.query),
		sentinels: hosts.split(",").map((host) => hostOf(host, ports.sentinel)),
		name: decoded(named.name),
		...(isSecure && {
			tls: {},
			sentinelTLS: {},
			enableTLSForSentinelMode: true,
		}),
	};
}

const examples =
	"redis://:password@host:6379 (rediss:// with TLS), redis-sentinel://:password@host:26379,host:26379/0#mymaster, or redis-cluster://:password@host:6379,host:6379";

/** A setting: the text of an address. */
export const redisSchema = z.string().superRefine((url, context) => {
	try {
		readRedisAddress(url);
	} catch (error) {
		const message = error instanceof Error ? error.message : `like ${examples}`;
		context.addIssue({ code: "custom", message });
	}
});

function hostOf(text: string, usualPort: number): RedisHost {
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
