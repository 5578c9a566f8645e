/**
 * A whole node for a test: the SIP server, a fresh database with the demo in it, and the chat service.
 * The SIP server is the embedded edge; `DRACHTIO=host:port:secret` and `SIP=host:port` name a drachtio-server to be used instead.
 */
import Srf from "drachtio-srf";
import { type Logger, pino } from "pino";
import { makeDemo } from "../../demo.ts";
import { startEdge } from "../../edge/index.ts";
import {
	type PersistentChat,
	persistentChat,
	type ServiceOptions,
} from "../../plugin/index.ts";
import {
	type Knex,
	makeDatabase,
	openStore,
	type Store,
} from "../../plugin/store/index.ts";
import { type FreshDatabase, freshMysql, freshSqlite } from "./databases.ts";

export type Engine = "sqlite" | "mysql";
export type Transport = "tcp" | "udp" | "ws";

export interface ChatNode {
	/** For `nodeAgent`: `sip:127.0.0.1:5060;transport=tcp`. */
	server(transport: Transport): string;
	readonly srf: Srf;
	readonly chat: PersistentChat;
	readonly database: Knex;
	readonly store: Store;
	/** Everything that was logged, as JSON lines. */
	readonly logged: readonly string[];
	close(): Promise<void>;
}

export interface ChatNodeOptions {
	readonly engine?: Engine;
	readonly service?: ServiceOptions;
	/** Instead of a fresh one; it is not dropped. */
	readonly existing?: FreshDatabase;
}

export async function startChatNode({
	engine = "sqlite",
	service = {},
	existing,
}: ChatNodeOptions = {}): Promise<ChatNode> {
	const fresh =
		existing ?? (await (engine === "mysql" ? freshMysql() : freshSqlite()));
	const logged: string[] = [];
	const log = pino(
		{ level: "debug" },
		{ write: (line: string) => logged.push(line) },
	);
	const database = makeDatabase(fresh.description, log);
	const store = await openStore(database, { log });
	await makeDemo(store, "example.com");
	const sip = await sipServer(log);
	const srf = new Srf();
	const chat = await persistentChat(srf, { ...service, database, log });
	await connect(srf, sip.admin);
	return {
		server: sip.server,
		srf,
		chat,
		database,
		store,
		logged,
		async close() {
			await chat.close();
			srf.disconnect();
			await sip.close();
			await database.destroy();
			if (existing === undefined) await fresh.drop();
		},
	};
}

interface SipServer {
	readonly admin: { host: string; port: number; secret: string };
	server(transport: Transport): string;
	close(): Promise<void>;
}

export async function sipServer(log: Logger): Promise<SipServer> {
	const { DRACHTIO, SIP, SIP_WS } = process.env;
	if (DRACHTIO !== undefined && SIP !== undefined) {
		const [host = "", port = "", secret = ""] = DRACHTIO.split(":");
		return {
			admin: { host, port: Number(port), secret },
			server: (transport) =>
				transport === "ws"
					? `ws://${SIP_WS}`
					: `sip:${SIP};transport=${transport}`,
			close: async () => {},
		};
	}
	const host = "127.0.0.1";
	const secret = "secret";
	const edge = await startEdge({
		listen: (["udp", "tcp", "ws"] as const).map((transport) => ({
			transport,
			host,
			port: 0,
		})),
		admin: { host, port: 0, secret },
		log,
	});
	return {
		admin: { ...edge.admin, secret },
		server(transport) {
			const port = edge.sip.find((one) => one.transport === transport)?.port;
			return transport === "ws"
				? `ws://${host}:${port}`
				: `sip:${host}:${port};transport=${transport}`;
		},
		close: () => edge.close(),
	};
}

export function connect(srf: Srf, admin: SipServer["admin"]): Promise<void> {
	return new Promise((resolve, reject) => {
		srf.on("error", () => {});
		srf.on("connect", (error) => (error ? reject(error) : resolve()));
		srf.connect(admin);
	});
}
