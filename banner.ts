/** The words on the screen when the application is ready. */
import { isIPv6 } from "node:net";
import { type Configuration, operatorSocket } from "./configuration/index.ts";
import { describeDemo } from "./demo.ts";
import type { RunningEdge } from "./edge/index.ts";
import type { PersistentChat } from "./plugin/index.ts";

/** What a user is told when everything runs: where it listens, who may sign in, what to type. */
export function banner(
	{
		edge,
		sipServers,
		web,
		demo,
	}: {
		readonly edge: RunningEdge | undefined;
		readonly sipServers: ReturnType<PersistentChat["condition"]["sipServers"]>;
		/** The address of the web door. */
		readonly web: string | undefined;
		/** Its users who can sign in. */
		readonly demo: readonly string[];
	},
	configuration: Configuration,
): string {
	const { service, database, drachtio } = configuration;
	const seconds = (performance.now() / 1000).toFixed(1);
	const lines = [`drachtio-persistent-chat is ready after ${seconds} s`];
	if (edge === undefined) {
		lines.push(
			...[drachtio, ...drachtio.others].flatMap(({ host, port }, index) =>
				describeSipServer(`${host}:${port}`, sipServers[index]?.report),
			),
		);
	} else {
		const listening = edge.sip.map(
			({ transport, host, port }) => `${transport} ${host}:${port}`,
		);
		lines.push(
			`  SIP        ${listening.join(", ")} (the embedded edge: for evaluation and tests)`,
			`  control    ${edge.admin.host}:${edge.admin.port} (drachtio's protocol)`,
		);
	}
	if (web !== undefined) lines.push(`  web        ${web}`);
	lines.push(
		`  database   ${database.client === "sqlite" ? database.file : "MySQL"}`,
	);
	lines.push(`  compliance ${describeCompliance(configuration)}`);
	const socket = operatorSocket(configuration);
	if (socket !== undefined) {
		lines.push(`  operator   npm run admin -- --help (by ${socket})`);
	}
	const hasDemo = demo.length > 0;
	if (hasDemo) lines.push(describeDemo(service.domain, demo));
	else if (configuration.demo && database.client === "sqlite") {
		lines.push("  demo       not made: the database has users of its own");
	}
	const reached = [
		...(edge?.sip.map(({ host }) => host) ?? []),
		...(web === undefined ? [] : [configuration.web.host]),
	];
	const open = reached.find((host) => !isLoopback(host));
	if (hasDemo && (edge === undefined || open !== undefined)) {
		lines.push(
			"",
			`WARNING: the demo's passwords are known to everybody, and ${open ?? "the SIP server"} can be reached by others.`,
			"Start with PERSISTENT_CHAT_DEMO=false and another PERSISTENT_CHAT_DATABASE_FILE, and make users of your own.",
		);
	}
	if (hasDemo && edge !== undefined) {
		const flags = `--room Lobby${domainFlag(service.domain)}${serverFlag(edge)}`;
		lines.push(
			"",
			"Chat from two terminals:",
			`  npm run chat -- --as alice ${flags}`,
			`  npm run chat -- --as bob ${flags}`,
		);
	}
	return `${lines.join("\n")}\n`;
}

function describeSipServer(
	address: string,
	report: ReturnType<PersistentChat["condition"]["sipServer"]>,
): readonly string[] {
	if (report === undefined) {
		return [`  SIP server ${address} (not reached yet; tried on)`];
	}
	const { version, contacts, warnings } = report;
	return [
		`  SIP server ${address} (drachtio-server ${version})`,
		`  SIP        ${contacts.join(", ")}`,
		...warnings.map((warning) => `  WARNING    ${warning}`),
	];
}

function describeCompliance({
	compliance: { mode, adapters },
}: Configuration): string {
	if (mode === "elsewhere") return "events wait for another node";
	if (adapters === undefined) {
		return "off: nothing is recorded (PERSISTENT_CHAT_COMPLIANCE=jsonl records to ./data/compliance)";
	}
	return adapters.map(({ name }) => name).join(", ");
}

function domainFlag(domain: string): string {
	return domain === "example.com" ? "" : ` --domain ${domain}`;
}

function serverFlag(edge: RunningEdge): string {
	const tcp = edge.sip.find(({ transport }) => transport === "tcp");
	if (tcp === undefined) return "";
	const host = reachable(tcp.host);
	if (host === "127.0.0.1" && tcp.port === 5060) return "";
	return ` --server "sip:${host}:${tcp.port};transport=tcp"`;
}

/** An address of this machine for one that is listened on. */
export function reachable(host: string): string {
	if (host === "0.0.0.0") return "127.0.0.1";
	if (host === "::") return "[::1]";
	return isIPv6(host) ? `[${host}]` : host;
}

function isLoopback(host: string): boolean {
	return host === "localhost" || host === "::1" || /^127\./.test(host);
}
