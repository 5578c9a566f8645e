/** The ready-made application: configuration, SIP server, database, chat service, signals. The only place that reads the environment and exits. */
import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import Srf from "drachtio-srf";
import { pino } from "pino";
import { banner, reachable } from "./banner.ts";
import { openOperatorDoor } from "./cli/socket/server.ts";
import {
	type Configuration,
	ConfigurationError,
	helpText,
	operatorSocket,
	readConfiguration,
	withoutSecrets,
} from "./configuration/index.ts";
import { demoUsers, makeDemo } from "./demo.ts";
import { type RunningEdge, startEdge } from "./edge/index.ts";
import { silenceConsole, withoutText } from "./library-console.ts";
import { lockDatabase } from "./lock-file.ts";
import {
	type ComplianceGiven,
	type PersistentChat,
	persistentChat,
} from "./plugin/index.ts";
import { checkOptions } from "./plugin/options.ts";
import { makeDatabase, makeReplicas, openStore } from "./plugin/store/index.ts";
import {
	connectSipServers,
	disconnectSipServer,
	refuseTheRest,
	type SipServerAddress,
} from "./sip-server.ts";
import { explainStart } from "./start-fault.ts";
import { exportTraces } from "./trace-export.ts";
import { createWeb } from "./web/index.ts";

/** What has to be closed may take so long, beside what waits for clients. */
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
	const fault = explainStart(error, configuration);
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
	opened.push(await exportTraces(configuration.tracing, service.node, log));
	const description = describeDatabase(configuration);
	const database = makeDatabase(description, log);
	if (description.client === "sqlite" && description.file !== ":memory:") {
		opened.push(lockDatabase(description.file));
	}
	opened.push(() => database.destroy());
	const demo = await openDemo(database, configuration);
	const edge = await openEdge(configuration);
	const servers = sipServers(edge, configuration).map((address) => ({
		address,
		srf: new Srf(),
	}));
	const srfs = servers.map(({ srf }) => srf);
	opened.push(() => {
		for (const srf of srfs) disconnectSipServer(srf);
	});
	const compliance = openCompliance(configuration);
	const chat = await persistentChat(srfs, {
		...service,
		compliance,
		database,
		replicas: openReplicas(configuration),
		log,
	});
	opened.push(() => chat.close());
	await openDoor(chat, configuration);
	const web = await openWeb(chat, edge, configuration);
	for (const srf of srfs) refuseTheRest(srf);
	const { condition } = chat;
	await connectSipServers(servers, condition, log);
	const found = condition.sipServers();
	process.stdout.write(
		banner({ edge, sipServers: found, web, demo }, configuration),
	);
}

function sipServers(
	edge: RunningEdge | undefined,
	{ drachtio: { host, port, others } }: Configuration,
): readonly SipServerAddress[] {
	if (edge !== undefined) return [{ ...edge.admin, secret }];
	return [{ host, port, secret }, ...others].map((each) => ({
		...each,
		secret: each.secret ?? secret,
	}));
}

/** The demo's users who can sign in: made now, or there from an earlier start. */
async function openDemo(
	database: ReturnType<typeof makeDatabase>,
	configuration: Configuration,
): Promise<readonly string[]> {
	if (configuration.database.client !== "sqlite") return [];
	const { domain } = configuration.service;
	const store = await openStore(database, { log });
	if (configuration.demo) await makeDemo(store, domain, { administered: true });
	return demoUsers(store, domain);
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

function openReplicas({ database: { replica } }: Configuration) {
	const { url, poolSize } = replica;
	if (url === undefined) return [];
	const replicas = makeReplicas({ url, poolSize }, log);
	for (const { database } of replicas) opened.push(() => database.destroy());
	return replicas;
}

/** For the command `persistent-chat`. */
async function openDoor(
	{ rooms, compliance, pool }: PersistentChat,
	configuration: Configuration,
): Promise<void> {
	const path = operatorSocket(configuration);
	if (path === undefined) return;
	const { domain, poolUri: uri } = checkOptions(configuration.service);
	const door = await openOperatorDoor({
		path,
		rooms,
		compliance,
		pool,
		configuration: withoutSecrets(configuration),
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
	if (!enabled) {
		// Another node has that door.
		if (settings.publicUrl !== undefined) chat.webDoorAt(settings.publicUrl);
		return undefined;
	}
	const { domain } = checkOptions(service);
	const ws = edge?.sip.find(({ transport }) => transport === "ws");
	const web = await createWeb({
		chat,
		settings,
		domain,
		sipServerUrl: ws && `ws://${reachable(ws.host)}:${ws.port}`,
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
	}, configuration.service.life.drainMs + closeMs).unref();
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
