/** Stands between a store and its MariaDB, and cuts the connection at a statement of the test's choice. */
import { connect, createServer, type Socket } from "node:net";

/**
 * `before`: the statement never arrives; `after`: it is carried out, its answer does not arrive; `meanwhile`: it arrives, and
 * nobody waits; `never`: nothing is cut.
 */
export type Cut = "before" | "after" | "meanwhile" | "never";

/** What happens just before the statement is sent on, and just after. */
export interface Around {
	readonly first?: () => Promise<unknown>;
	readonly next?: () => unknown;
}

export interface Within {
	readonly within?: string | undefined;
}

export interface MysqlProxy {
	readonly url: string;
	/** The next statement that contains this text loses its connection; `within`: of a transaction that has said this before. */
	cutAt(text: string, when: Cut, around?: Around & Within): void;
	/** How often the text has been seen since it was last asked to be cut at. */
	seen(): number;
	close(): Promise<void>;
}

export async function startProxy(server: string): Promise<MysqlProxy> {
	const target = new URL(server);
	const sockets = new Set<Socket>();
	let watched: Watched = { text: "", when: "before", count: 0, around: {} };

	const forward = (client: Socket) => {
		const database = connect(Number(target.port), target.hostname);
		for (const socket of [client, database]) {
			sockets.add(socket.setNoDelay(true));
			socket.on("error", () => undefined);
			socket.on("close", () => {
				sockets.delete(socket);
				client.destroy();
				database.destroy();
			});
		}
		database.on("data", (bytes) => client.write(bytes));
		let said = "";
		client.on("data", (bytes) => {
			const { text, within = "" } = watched;
			said = bytes.includes("BEGIN") ? "" : said + bytes;
			const hit = text !== "" && bytes.includes(text) && said.includes(within);
			if (hit) watched.count++;
			if (hit && watched.count === 1) {
				void cut(client, database, bytes, watched);
			} else database.write(bytes);
		});
	};

	const listener = createServer(forward);
	await new Promise<void>((resolve) =>
		listener.listen(0, "127.0.0.1", resolve),
	);
	const address = listener.address();
	if (address === null || typeof address === "string")
		throw new Error("no port");
	const url = new URL(server);
	url.port = String(address.port);
	return {
		url: url.href,
		cutAt(text, when, around = {}) {
			const { within } = around;
			watched = { text, within, when, count: 0, around };
		},
		seen: () => watched.count,
		close() {
			for (const socket of sockets) socket.destroy();
			return new Promise((resolve) => listener.close(() => resolve()));
		},
	};
}

interface Watched extends Within {
	readonly text: string;
	readonly when: Cut;
	readonly around: Around;
	count: number;
}

async function cut(
	client: Socket,
	database: Socket,
	bytes: Buffer,
	{ when, around }: Watched,
): Promise<void> {
	await around.first?.();
	if (when === "after") {
		database.removeAllListeners("data").once("data", () => client.destroy());
	}
	if (when !== "before") database.write(bytes);
	around.next?.();
	if (when === "before" || when === "meanwhile") client.destroy();
}
