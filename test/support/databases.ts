/** A fresh database for a test file, SQLite or MariaDB, that is gone afterwards. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import mysql from "mysql2/promise";
import type { DatabaseDescription } from "../../plugin/store/index.ts";

export interface FreshDatabase {
	readonly description: DatabaseDescription;
	/** Close what works on it first. */
	drop(): Promise<void>;
}

export async function freshSqlite(): Promise<FreshDatabase> {
	const directory = mkdtempSync(join(tmpdir(), "persistent-chat-sqlite-"));
	return {
		description: { client: "sqlite", file: join(directory, "chat.sqlite") },
		async drop() {
			rmSync(directory, { recursive: true, force: true });
		},
	};
}

/** On the MariaDB that `npm test` starts, or on the server given. */
export async function freshMysql(server = mysqlUrl()): Promise<FreshDatabase> {
	const name = `test_${randomUUID().replaceAll("-", "")}`;
	await statement(server, `CREATE DATABASE ${name}`);
	return {
		description: { client: "mysql", url: `${server}/${name}` },
		drop: () => statement(server, `DROP DATABASE ${name}`),
	};
}

export function mysqlUrl(): string {
	return serviceUrl("TEST_MYSQL_URL", "MariaDB");
}

export function redisUrl(): string {
	return serviceUrl("TEST_REDIS_URL", "Redis");
}

function serviceUrl(variable: string, service: string): string {
	const url = process.env[variable];
	if (url !== undefined) return url;
	throw new Error(
		`This test needs ${service}, which "npm test" starts: run "npm test -- <file>" or "npm test -- --grep <title>", not mocha itself.`,
	);
}

async function statement(server: string, sql: string): Promise<void> {
	const connection = await mysql.createConnection({ uri: server });
	try {
		await connection.query(sql);
	} finally {
		await connection.end();
	}
}
