/**
 * A whole node for a test: the SIP server, a fresh database with the demo in it, and the chat service.
 * The SIP server is the embedded edge; `DRACHTIO=host:port:secret` and `SIP=host:port` name a drachtio-server to be used instead.
 */
import { randomUUID } from "node:crypto";
import Srf from "drachtio-srf";
import { type Logger, pino } from "pino";
import { makeDemo } from "../../demo.ts";
import { type EdgeOptions, startEdge } from "../../edge/index.ts";
import {
	type ComplianceGiven,
	type PersistentChat,
	type PersistentChatOptions,
	persistentChat,
	type ServiceOptions,
} from "../../plugin/index.ts";
import {
	type Knex,
	makeDatabase,
	openStore,
	type Store,
} from "../../plugin/store/index.ts";
import { disconnectSipServer } from "../../sip-server.ts";
import { type FreshDatabase, freshMysql, freshSqlite } from "./databases.ts";
import { RawSip } from "./raw-sip.ts";
import { startTcpRelay, type TcpRelay } from "./tcp-relay.ts";
import { until } from "./until.ts";

export type Engine = "sqlite" | "mysql";
export type Transport = "tcp" | "udp" | "ws";

export interface ChatNode {
	/** For `nodeAgent`: `sip:127.0.0.1:5060;transport=tcp`. */
	server(transport: Transport): string;
	readonly srf: Srf;
	readonly chat: PersistentChat;
	readonly database: Knex;
	readonly store: Store;
	/** Between the chat service and the SIP server, where it was asked for. */
	readonly relay: TcpRelay | undefined;
	/** Everything that was logged, as JSON lines. */
	readonly logged: readonly string[];
	close(): Promise<void>;
}

export interface ChatNodeOptions {
	readonly engine?: Engine;
	readonly service?: ServiceOptions;
	readonly measures?: PersistentChatOptions["measures"];
	/** Read-only replicas; they are not closed. */
	readonly replicas?: PersistentChatOptions["replicas"];
	/** Default: events are owed, and stay. */
	readonly compliance?: ComplianceGiven;
	/** Instead of a fresh one; it is not dropped. */
	readonly existing?: FreshDatabase;
	/** Shorter ones; the embedded edge only. */
	readonly timers?: EdgeOptions["timers"];
	/** A relay between the chat service and the SIP server, to be cut. */
	readonly relayed?: boolean;
	/** Instead of one of its own; it is not closed. */
	readonly sip?: SipServer;
	/** Beside that one; they are not closed. */
	readonly otherSip?: readonly SipServer[];
}

export async function startChatNode({
	engine = "sqlite",
	service = {},
	measures = [],
	replicas = [],
	compliance = "elsewhere",
	existing,
	timers = {},
	relayed = false,
	sip: given,
	otherSip = [],
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
	const sip = given ?? (await sipServer(log, timers));
	const relay = relayed ? await startTcpRelay(sip.admin) : undefined;
	const srf = new Srf();
	const others = otherSip.map(({ admin }) => ({ admin, srf: new Srf() }));
	const srfs = [srf, ...others.map((other) => other.srf)];
	const chat = await persistentChat(srfs, {
		...service,
		life: { drainMs: 500, ...service.life },
		compliance,
		measures,
		replicas,
		database,
		log,
	});
	await connect(srf, relay ? { ...sip.admin, port: relay.port } : sip.admin);
	for (const other of others) await connect(other.srf, other.admin);
	for (const each of [sip, ...otherSip]) await answering(each.server("tcp"));
	return {
		server: sip.server,
		srf,
		chat,
		database,
		store,
		logged,
		relay,
		async close() {
			await chat.close();
			for (const each of srfs) disconnectSipServer(each);
			await relay?.close();
			if (given === undefined) await sip.close();
			await database.destroy();
			if (existing === undefined) await fresh.drop();
		},
	};
}

/** A drachtio-server takes a moment after the connection until requests reach the application. */
async function answering(server: string): Promise<void> {
	const sip = await RawSip.open(server);
	try {
		await until(
			async () => {
				sip.send(`OPTIONS sip:example.com SIP/2.0
Via: SIP/2.0/TCP 127.0.0.1:${sip.localPort};branch=z9hG4bK${randomUUID()}
From: <sip:test@example.com>;tag=1
To: <sip:example.com>
Call-ID: ${randomUUID()}
CSeq: 1 OPTIONS
Max-Forwards: 70`);
				return /^SIP\/2\.0 200/.test(await sip.receive(/^SIP\/2\.0 [2-6]/));
			},
			{ what: "an application behind the SIP server" },
		);
	} finally {
		sip.close();
	}
}

export interface SipServer {
	readonly admin: { host: string; port: number; secret: string };
	server(transport: Transport): string;
	close(): Promise<void>;
}

export async function sipServer(
	log: Logger,
	timers: ChatNodeOptions["timers"] = {},
): Promise<SipServer> {
	const { DRACHTIO, SIP, SIP_WS } = process.env;
	if (DRACHTIO !== undefined && SIP !== undefined) {
		return realServer(DRACHTIO, SIP, SIP_WS);
	}
	return edge(log, timers);
}

/** Another one; undefined where only one real server was named (`DRACHTIO_2`, `SIP_2`). */
export async function secondSipServer(
	log: Logger,
): Promise<SipServer | undefined> {
	const { DRACHTIO, DRACHTIO_2, SIP_2 } = process.env;
	if (DRACHTIO === undefined) return edge(log, {});
	if (DRACHTIO_2 === undefined || SIP_2 === undefined) return undefined;
	return realServer(DRACHTIO_2, SIP_2, undefined);
}

function realServer(
	admin: string,
	sip: string,
	webSocket: string | undefined,
): SipServer {
	const [host = "", port = "", secret = ""] = admin.split(":");
	return {
		admin: { host, port: Number(port), secret },
		server: (transport) =>
			transport === "ws"
				? `ws://${webSocket}`
				: `sip:${sip};transport=${transport}`,
		close: async () => {},
	};
}

async function edge(
	log: Logger,
	timers: ChatNodeOptions["timers"] = {},
): Promise<SipServer> {
	const host = "127.0.0.1";
	const secret = "secret";
	const started = await startEdge({
		listen: (["udp", "tcp", "ws"] as const).map((transport) => ({
			transport,
			host,
			port: 0,
		})),
		admin: { host, port: 0, secret },
		log,
		timers,
	});
	return {
		admin: { ...started.admin, secret },
		server(transport) {
			const port = started.sip.find((one) => one.transport === transport)?.port;
			return transport === "ws"
				? `ws://${host}:${port}`
				: `sip:${host}:${port};transport=${transport}`;
		},
		close: () => started.close(),
	};
}

export function connect(srf: Srf, admin: SipServer["admin"]): Promise<void> {
	return new Promise((resolve, reject) => {
		srf.on("error", () => {});
		srf.on("connect", (error) => (error ? reject(error) : resolve()));
		srf.connect(admin);
	});
}
