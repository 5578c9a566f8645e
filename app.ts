/** The ready-made application: configuration, SIP server, database, chat service, signals. The only place that reads the environment and exits. */
import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import Srf from "drachtio-srf";
import { pino } from "pino";
import {
	type Configuration,
	ConfigurationError,
	helpText,
	readConfiguration,
} from "./configuration.ts";
import { describeDemo, makeDemo } from "./demo.ts";
import { type RunningEdge, startEdge } from "./edge/index.ts";
import { persistentChat } from "./plugin/index.ts";
import { makeDatabase, openStore } from "./plugin/store/index.ts";

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
const secret =
	configuration.drachtio.secret ??
	(configuration.drachtio.host === undefined ? randomUUID() : "cymru");
/** What has been opened, to be closed in reverse. */
const opened: (() => Promise<unknown> | unknown)[] = [];
let stopping = false;

for (const signal of ["SIGINT", "SIGTERM"] as const) {
	process.on(signal, () => stop(0));
}
try {
	await start(configuration);
} catch (error) {
	log.fatal({ err: error }, "not started");
	process.stderr.write(`Not started: ${explain(error)}\n`);
	await stop(1);
}

async function start(configuration: Configuration): Promise<void> {
	const { service } = configuration;
	const database = makeDatabase(describeDatabase(configuration), log);
	opened.push(() => database.destroy());
	if (configuration.demo && configuration.database.client === "sqlite") {
		await makeDemo(await openStore(database, { log }), service.domain);
	}
	const edge = await openEdge(configuration);
	const srf = new Srf();
	const chat = await persistentChat(srf, { ...service, database, log });
	opened.push(() => chat.close());
	refuseTheRest(srf);
	await connect(srf, edge, configuration);
	announce(edge, configuration);
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
					new Error("The SIP server refuses the secret of drachtio.secret."),
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
		opened.push(() => srf.disconnect());
	});
}

/** What the chat service does not take is answered by name. */
function refuseTheRest(srf: Srf): void {
	srf.use("subscribe", (_, reply) => reply.send(489));
	srf.use("message", (_, reply) => reply.send(405));
	srf.use("publish", (_, reply) => reply.send(489));
	srf.use("info", (_, reply) => reply.send(481));
	srf.use("notify", (_, reply) => reply.send(481));
	srf.use("register", (_, reply) => reply.send(405));
}

function announce(
	edge: RunningEdge | undefined,
	configuration: Configuration,
): void {
	const { service, database, drachtio } = configuration;
	const seconds = (performance.now() / 1000).toFixed(1);
	const lines = [`drachtio-persistent-chat is ready after ${seconds} s`];
	if (edge === undefined) {
		lines.push(`  SIP server ${drachtio.host}:${drachtio.port}`);
	} else {
		const listening = edge.sip.map(
			({ transport, host, port }) => `${transport} ${host}:${port}`,
		);
		lines.push(
			`  SIP        ${listening.join(", ")} (the embedded edge: for evaluation and tests)`,
			`  control    ${edge.admin.host}:${edge.admin.port} (drachtio's protocol)`,
		);
	}
	lines.push(
		`  database   ${database.client === "sqlite" ? database.file : "MySQL"}`,
	);
	if (configuration.demo && database.client === "sqlite") {
		lines.push(describeDemo(service.domain));
	}
	if (edge !== undefined) {
		lines.push(
			"",
			"Chat from two terminals:",
			`  npm run chat -- --as alice --room Lobby${serverFlag(edge)}`,
			`  npm run chat -- --as bob --room Lobby${serverFlag(edge)}`,
		);
	}
	process.stdout.write(`${lines.join("\n")}\n`);
}

function serverFlag(edge: RunningEdge): string {
	const tcp = edge.sip.find(({ transport }) => transport === "tcp");
	if (tcp === undefined || tcp.port === 5060) return "";
	return ` --server "sip:127.0.0.1:${tcp.port};transport=tcp"`;
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

/** For the operator: what is wrong and what would be right. */
function explain(error: unknown): string {
	if (!(error instanceof Error)) return String(error);
	if ("code" in error && error.code === "EADDRINUSE") {
		return `${error.message}. Another program has that port; choose others with PERSISTENT_CHAT_EDGE_SIP_PORT, PERSISTENT_CHAT_EDGE_WS_PORT and PERSISTENT_CHAT_EDGE_CONTROL_PORT.`;
	}
	return error.message;
}
