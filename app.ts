/** The ready-made application: configuration, SIP server, database, chat service, signals. The only place that reads the environment and exits. */
import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import Srf from "drachtio-srf";
import { pino } from "pino";
import { banner } from "./banner.ts";
import { SocketUnavailable } from "./cli/socket/listen.ts";
import { openOperatorDoor } from "./cli/socket/server.ts";
import {
	type Configuration,
	ConfigurationError,
	helpText,
	operatorSocket,
	readConfiguration,
} from "./configuration/index.ts";
import { hasDemo, makeDemo } from "./demo.ts";
import { type RunningEdge, startEdge } from "./edge/index.ts";
import { silenceConsole, withoutText } from "./library-console.ts";
import { DatabaseInUse, lockDatabase } from "./lock-file.ts";
import {
	AdapterRefused,
	ChatError,
	type ComplianceGiven,
	type PersistentChat,
	persistentChat,
	SigningKeyRefused,
} from "./plugin/index.ts";
import { checkOptions } from "./plugin/options.ts";
import { makeDatabase, openStore } from "./plugin/store/index.ts";
import { createWeb, WebRefused } from "./web/index.ts";

const closeMs = 10_000;

// drachtio-srf reads the environment for every header: a plain object is many times as fast as the real one.
process.env = { ...process.env };

const argv = arguments_();
if (argv.help) {
	process.stdout.write(`${helpText()}\n`);
	process.exit(0);
}
const configuration = configure(argv.config);
const log = pino(
	{
		level:
			configuration.log.level ??
			(configuration.drachtio.host === undefined ? "warn" : "info"),
	},
	pino.destination(2),
);
silenceConsole(console, log);
const secret =
	configuration.drachtio.secret ??
	(configuration.drachtio.host === undefined ? randomUUID() : "cymru");
/** What has been opened, to be closed in reverse. */
const opened: (() => Promise<unknown> | unknown)[] = [];
let stopping = false;

/** What is wrong at the start, and known to be no fault of this program. */
class StartError extends Error {}

process.on("uncaughtException", (error) => {
	log.fatal({ error: withoutText(error) }, "a fault of this program");
	process.exit(1);
});
for (const signal of ["SIGINT", "SIGTERM"] as const) {
	process.on(signal, () => stop(0));
}
try {
	await start(configuration);
} catch (error) {
	const fault = explain(error, configuration);
	if (fault === undefined || log.isLevelEnabled("debug")) {
		log.fatal({ err: error }, "not started");
	}
	process.stderr.write(
		`Not started: ${fault ?? (error instanceof Error ? error.message : error)}\n`,
	);
	await stop(1);
}

async function start(configuration: Configuration): Promise<void> {
	const { service } = configuration;
	const description = describeDatabase(configuration);
	const database = makeDatabase(description, log);
	if (description.client === "sqlite" && description.file !== ":memory:") {
		opened.push(lockDatabase(description.file));
	}
	opened.push(() => database.destroy());
	const demo = await openDemo(database, configuration);
	const edge = await openEdge(configuration);
	const srf = new Srf();
	opened.push(() => disconnect(srf));
	const compliance = openCompliance(configuration);
	const chat = await persistentChat(srf, {
		...service,
		compliance,
		database,
		log,
	});
	opened.push(() => chat.close());
	await openDoor(chat, configuration);
	const web = await openWeb(chat, edge, configuration);
	refuseTheRest(srf);
	await connect(srf, edge, configuration);
	process.stdout.write(banner({ edge, web, demo }, configuration));
}

/** Whether the demo's users can sign in: made now, or there from an earlier start. */
async function openDemo(
	database: ReturnType<typeof makeDatabase>,
	configuration: Configuration,
): Promise<boolean> {
	if (configuration.database.client !== "sqlite") return false;
	const { domain } = configuration.service;
	const store = await openStore(database, { log });
	if (configuration.demo) await makeDemo(store, domain);
	return hasDemo(store, domain);
}

/** The archive has a connection of its own, also where it is kept in the chat database. */
function openCompliance({
	compliance: { mode, adapters, database, ...rest },
	database: chat,
}: Configuration): ComplianceGiven {
	if (mode === "elsewhere") return mode;
	if (mode === "off" || adapters === undefined) return "off";
	const url = database.url ?? chat.url;
	const archive = makeDatabase(
		url === undefined
			? { client: "sqlite", file: database.file }
			: { client: "mysql", url, poolSize: database.poolSize },
		log,
	);
	opened.push(() => archive.destroy());
	return { ...rest, adapters, database: archive };
}

/** For the command `persistent-chat`. */
async function openDoor(
	{ rooms, compliance }: PersistentChat,
	configuration: Configuration,
): Promise<void> {
	const path = operatorSocket(configuration);
	if (path === undefined) return;
	const { domain, poolUri: uri } = checkOptions(configuration.service);
	const door = await openOperatorDoor({
		path,
		rooms,
		compliance,
		domain,
		uri,
		log,
	});
	opened.push(() => door.close());
}

/** Gives its address; undefined when there is none. */
async function openWeb(
	chat: PersistentChat,
	edge: RunningEdge | undefined,
	{ service, web: settings }: Configuration,
): Promise<string | undefined> {
	const { enabled = edge !== undefined } = settings;
	if (!enabled) return undefined;
	const { domain } = checkOptions(service);
	const ws = edge?.sip.find(({ transport }) => transport === "ws");
	const web = await createWeb({
		chat,
		settings,
		domain,
		sipWebSocketPort: ws?.port,
		log,
	});
	opened.push(() => web.close());
	return settings.publicUrl ?? web.address;
}

async function openEdge({
	drachtio,
	edge,
}: Configuration): Promise<RunningEdge | undefined> {
	if (drachtio.host !== undefined) return undefined;
	const { host, sipPort, wsPort, controlPort } = edge;
	const running = await startEdge({
		listen: [
			{ transport: "udp", host, port: sipPort },
			{ transport: "tcp", host, port: sipPort },
			{ transport: "ws", host, port: wsPort },
		],
		admin: { host: "127.0.0.1", port: controlPort, secret },
		log,
	});
	opened.push(() => running.close());
	return running;
}

/** Resolves with the first connection; later ones are made again by the library, with back-off. */
function connect(
	srf: Srf,
	edge: RunningEdge | undefined,
	{ drachtio }: Configuration,
): Promise<void> {
	const address = edge?.admin ?? { host: drachtio.host, port: drachtio.port };
	return new Promise((resolve, reject) => {
		srf.on("error", (error) =>
			log.warn({ err: error, ...address }, "SIP server not reachable"),
		);
		srf.on("connect", (error, hostports) => {
			if (error) {
				log.error(address, "the SIP server refuses the secret");
				reject(
					new StartError(
						"The SIP server refuses the secret of drachtio.secret (PERSISTENT_CHAT_DRACHTIO_SECRET).",
					),
				);
				return;
			}
			log.info({ ...address, hostports }, "connected to the SIP server");
			resolve();
		});
		const options = {
			...address,
			secret,
			enablePing: true,
			pingInterval: 15_000,
			reconnect: { retryMaxDelay: 5_000 },
		};
		srf.connect(options as Parameters<Srf["connect"]>[0]);
	});
}

/** The library asserts that there is a connection: without one there is nothing to end. */
function disconnect(srf: Srf): void {
	try {
		srf.disconnect();
	} catch (error) {
		log.debug({ err: error }, "there was no connection to the SIP server");
	}
}

/** What the chat service does not take is answered by name. */
function refuseTheRest(srf: Srf): void {
	const headers = {
		Allow:
			"INVITE, ACK, BYE, CANCEL, INFO, UPDATE, OPTIONS, SUBSCRIBE, PUBLISH",
	};
	const events = {
		"Allow-Events": "vnd-microsoft-provisioning-v2,vnd-microsoft-roaming-self",
	};
	const publications = { Accept: "application/msrtc-category-publish+xml" };
	srf.use("subscribe", (_, reply) => reply.send(489, { headers: events }));
	srf.use("message", (_, reply) => reply.send(405, { headers }));
	srf.use("publish", (_, reply) => reply.send(415, { headers: publications }));
	srf.use("info", (_, reply) => reply.send(481));
	srf.use("notify", (_, reply) => reply.send(481));
	srf.use("register", (_, reply) => reply.send(405, { headers }));
}

function describeDatabase({ database }: Configuration) {
	const { client, file, url = "", poolSize } = database;
	return client === "sqlite" ? { client, file } : { client, url, poolSize };
}

async function stop(code: number): Promise<void> {
	if (stopping) process.exit(1);
	stopping = true;
	setTimeout(() => {
		log.error("not everything could be closed in time");
		process.exit(1);
	}, closeMs).unref();
	for (const close of opened.reverse()) {
		try {
			await close();
		} catch (error) {
			log.error({ err: error }, "not closed");
		}
	}
	process.exit(code);
}

function configure(file: string | undefined): Configuration {
	try {
		return readConfiguration(file, process.env);
	} catch (error) {
		if (!(error instanceof ConfigurationError)) throw error;
		process.stderr.write(
			`The configuration has faults:\n  ${error.faults.join("\n  ")}\nnpm start -- --help lists the settings.\n`,
		);
		return process.exit(2);
	}
}

function arguments_(): { config?: string; help?: boolean } {
	try {
		return parseArgs({
			options: {
				config: { type: "string" },
				help: { type: "boolean", short: "h" },
			},
		}).values;
	} catch (error) {
		process.stderr.write(
			`${error instanceof Error ? error.message : error}\n${helpText()}\n`,
		);
		return process.exit(2);
	}
}

/** For the operator: what is wrong and what would be right; undefined for what is not known to be the operator's. */
function explain(
	error: unknown,
	{ database, edge }: Configuration,
): string | undefined {
	if (
		error instanceof StartError ||
		error instanceof DatabaseInUse ||
		error instanceof AdapterRefused ||
		error instanceof SigningKeyRefused ||
		error instanceof SocketUnavailable ||
		error instanceof WebRefused
	) {
		return error.message;
	}
	const sqlite = database.client === "sqlite";
	const setting = sqlite
		? `database.file (PERSISTENT_CHAT_DATABASE_FILE), which is ${database.file}`
		: "database.url (PERSISTENT_CHAT_DATABASE_URL)";
	if (error instanceof ChatError && error.reason === "unavailable") {
		return `The database cannot be had: ${causeOf(error)}. Look at ${setting}.`;
	}
	if (!(error instanceof Error && "code" in error)) return undefined;
	if (sqlite && "path" in error) {
		return `The database cannot be had: ${error.message}. Look at ${setting}.`;
	}
	switch (error.code) {
		case "EADDRINUSE":
			return `${error.message}. Another program has that port. If it is this one, stop it; else choose other ports with PERSISTENT_CHAT_EDGE_SIP_PORT, PERSISTENT_CHAT_EDGE_WS_PORT and PERSISTENT_CHAT_EDGE_CONTROL_PORT. A second service beside the first also needs a database of its own: PERSISTENT_CHAT_DATABASE_FILE.`;
		case "EACCES":
			return `${error.message}. Ports below 1024 need more rights: choose others with PERSISTENT_CHAT_EDGE_SIP_PORT and PERSISTENT_CHAT_EDGE_WS_PORT.`;
		case "EADDRNOTAVAIL":
		case "ENOTFOUND":
		case "EAI_AGAIN":
			return `${error.message}. Look at edge.host (PERSISTENT_CHAT_EDGE_HOST), which is ${edge.host}: it must be an address of this machine.`;
		default:
			return undefined;
	}
}

/** The innermost cause in its own words; some drivers give only a code. */
function causeOf(error: Error): string {
	let inner = error;
	while (inner.cause instanceof Error) inner = inner.cause;
	if (inner.message !== "") return inner.message.replace(/\.$/, "");
	return "code" in inner ? String(inner.code) : inner.name;
}
