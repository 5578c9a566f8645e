/** Which of several MySQL servers is to be connected to. */
import mysql from "mysql2/promise";

/** A server that is asked whether it can be used answers within this, or is passed over. */
const askMs = 1_000;

/**
 * The first that can be written to: neither read-only nor a Galera node that has lost its cluster. The first of all when none
 * can, so that the connection's own error says why. Calls at the same time share one look.
 */
export function choosing<Server extends mysql.ConnectionOptions>(
	servers: readonly [Server, ...Server[]],
): () => Promise<Server> {
	let looking: Promise<Server> | undefined;

	async function look(): Promise<Server> {
		const usable = servers.map(canBeWritten);
		for (const [index, server] of servers.entries()) {
			if (await usable[index]) return server;
		}
		return servers[0];
	}

	return () => {
		looking ??= look().finally(() => {
			looking = undefined;
		});
		return looking;
	};
}

/** Within the time; a server that takes the connection and is silent then is none. */
async function canBeWritten(server: mysql.ConnectionOptions): Promise<boolean> {
	let connection: mysql.Connection | undefined;
	let timer: NodeJS.Timeout | undefined;
	let isOver = false;
	const late = new Promise<boolean>((resolve) => {
		timer = setTimeout(resolve, askMs, false);
	});

	async function ask(): Promise<boolean> {
		const opened = await mysql.createConnection({
			...server,
			connectTimeout: askMs,
		});
		if (isOver) opened.destroy();
		connection = opened;
		const shown = async (sql: string) => {
			const [rows] = await opened.query<mysql.RowDataPacket[]>(sql);
			return rows[0]?.Value as string | undefined;
		};
		const readOnly = await shown("SHOW GLOBAL VARIABLES LIKE 'read_only'");
		const ready = await shown("SHOW GLOBAL STATUS LIKE 'wsrep_ready'");
		const isGalera =
			(await shown("SHOW GLOBAL VARIABLES LIKE 'wsrep_on'")) === "ON";
		return readOnly === "OFF" && (!isGalera || ready === "ON");
	}

	const asking = ask().catch(() => false);
	try {
		return await Promise.race([asking, late]);
	} finally {
		isOver = true;
		clearTimeout(timer);
		connection?.destroy();
	}
}
