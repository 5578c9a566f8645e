/** A MariaDB and a replica of it, which can be made to lag. */
import mysql from "mysql2/promise";
import type { FreshDatabase } from "./databases.ts";
import { type MariadbService, startMariadb } from "./mariadb.ts";
import { until } from "./until.ts";

export interface Replicated {
	readonly primary: MariadbService;
	readonly replica: MariadbService;
	/** The replica, for somebody who may only read. */
	readonly readerUrl: string;
	/** From now on it receives what the primary commits, and does none of it. */
	lag(): Promise<void>;
	/** Lets it go on, and resolves when it has what the primary has. */
	catchUp(): Promise<void>;
	/** Whoever asks the replica for that table waits, until the answer is called. */
	hold(table: string, database: FreshDatabase): Promise<() => Promise<void>>;
	stop(): Promise<void>;
}

export async function startReplicated(): Promise<Replicated> {
	const [primary, replica] = await Promise.all([
		startMariadb({ replicates: true }),
		startMariadb({ serverId: 2 }),
	]);
	const { port, username, password } = new URL(primary.url);
	await ask(
		replica,
		`CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = ${port}, MASTER_USER = '${username}', MASTER_PASSWORD = '${password}', MASTER_CONNECT_RETRY = 1, MASTER_USE_GTID = slave_pos`,
	);
	const catchUp = async () => {
		await ask(replica, "START SLAVE");
		const [there] = await ask(primary, "SELECT @@gtid_binlog_pos AS position");
		await until(
			async () => {
				const [waited] = await ask(
					replica,
					`SELECT MASTER_GTID_WAIT('${there?.position}', 1) AS late`,
				);
				return waited?.late === 0;
			},
			{ what: "a replica that has what the primary has" },
		);
	};
	await catchUp();
	const reader = new URL(replica.url);
	reader.username = "reader";
	for (const statement of [
		`CREATE USER 'reader'@'127.0.0.1' IDENTIFIED BY '${reader.password}'`,
		"GRANT SELECT ON *.* TO 'reader'@'127.0.0.1'",
	]) {
		await ask(replica, statement);
	}
	return {
		primary,
		replica,
		readerUrl: reader.href,
		async lag() {
			await ask(replica, "STOP SLAVE SQL_THREAD");
		},
		catchUp,
		async hold(table, { description }) {
			if (description.client !== "mysql") throw new Error("not MySQL");
			const { pathname } = new URL(description.url);
			const connection = await mysql.createConnection({
				uri: `${replica.url}${pathname}`,
			});
			await connection.query(`LOCK TABLES ${table} WRITE`);
			return () => connection.end();
		},
		async stop() {
			await Promise.all([primary.stop(), replica.stop()]);
		},
	};
}

async function ask(
	{ url }: MariadbService,
	sql: string,
): Promise<readonly mysql.RowDataPacket[]> {
	const connection = await mysql.createConnection({ uri: url });
	try {
		const [rows] = await connection.query<mysql.RowDataPacket[]>(sql);
		return rows;
	} finally {
		await connection.end();
	}
}
