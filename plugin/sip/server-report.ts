/** What a SIP server says of itself when it is connected to, and what an operator is to know of it. */
import { BlockList, isIP } from "node:net";
import type { Logger } from "pino";
import { maxFrameBytes } from "./control-connection.ts";
import type { DrachtioServer } from "./drachtio.ts";

export interface ServerReport {
	/** As the server writes it: `v0.9.10`. */
	readonly version: string;
	/** Where SIP is listened for: `tcp 192.0.2.1:5060`. */
	readonly contacts: readonly string[];
	/** Why this server cannot be used; undefined when it can. */
	readonly refusal: string | undefined;
	/** Sentences, each of something that works but that an operator would not want. */
	readonly warnings: readonly string[];
}

/** What is told after authentication, and where it was told. */
export interface ServerGreeting {
	/** `tcp/192.0.2.1:5060,udp/192.0.2.1:5060`. */
	readonly hostports: string;
	readonly version: string | undefined;
	/** The address of its control port. */
	readonly control: string | undefined;
}

/** The first whose control protocol counts bytes, as drachtio-srf 5 does. */
const oldest = [0, 9, 0] as const;
/** The one that this is tried with. */
const tried = [0, 9, 10] as const;
/** A longer line makes the server refuse the message (400) and often end the connection. */
const lineBytes = 8_192;

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** Pure: says what is to be thought of a server. */
export function judgeServer(greeting: ServerGreeting): ServerReport {
	const contacts = readContacts(greeting.hostports);
	const { version, warning, refusal } = judgeVersion(greeting.version);
	return {
		version,
		contacts: contacts.map(
			({ transport, host, port }) => `${transport} ${host}:${port}`,
		),
		refusal,
		warnings: [
			...(warning === undefined ? [] : [warning]),
			...aboutControl(greeting.control),
			...aboutContacts(contacts),
		],
	};
}

/** Logs what each connection finds; the answer gives the last report, and ends it. */
export function reportServer(
	server: Pick<DrachtioServer, "app" | "on" | "removeListener">,
	log: Logger,
): { last(): ServerReport | undefined; stop(): void } {
	let last: ServerReport | undefined;
	const connected = (
		error: Error | null | undefined,
		hostports = "",
		version?: string,
	) => {
		if (error) return;
		const [socket] = [...(server.app.client?.mapServer.keys() ?? [])].slice(-1);
		const control = socket?.remoteAddress;
		last = judgeServer({ hostports, version, control });
		const { refusal, warnings, ...found } = last;
		log.info({ ...found, maxFrameBytes, lineBytes }, "SIP server found");
		if (refusal !== undefined) log.error(refusal);
		for (const warning of warnings) log.warn(warning);
	};
	server.on("connect", connected);
	return {
		last: () => last,
		stop: () => void server.removeListener("connect", connected),
	};
}

function judgeVersion(said: string | undefined): {
	version: string;
	refusal?: string;
	warning?: string;
} {
	const version = said || "unknown";
	const numbers = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number);
	if (numbers === undefined) {
		return {
			version,
			warning: `The SIP server names its version "${version}", which says nothing: it must be drachtio-server ${oldest.join(".")} or later.`,
		};
	}
	if (compare(numbers, oldest) < 0) {
		return {
			version,
			refusal: `The SIP server is drachtio-server ${version}, whose control protocol counts characters and not bytes; ${oldest.join(".")} or later is needed.`,
		};
	}
	const [major, minor] = numbers;
	return major === tried[0] && minor === tried[1]
		? { version }
		: {
				version,
				warning: `The SIP server is drachtio-server ${version}; this was tried with ${tried.join(".")}.`,
			};
}

function compare(one: readonly number[], other: readonly number[]): number {
	for (const [i, number] of other.entries()) {
		const difference = (one[i] ?? 0) - number;
		if (difference !== 0) return difference;
	}
	return 0;
}

interface Contact {
	readonly transport: string;
	readonly host: string;
	readonly port: string;
}

function readContacts(hostports: string): readonly Contact[] {
	return hostports.split(",").flatMap((text) => {
		const [, transport, host, port] =
			/^\s*(\w+)\/(.+):(\d+)\s*$/.exec(text) ?? [];
		return transport && host && port ? [{ transport, host, port }] : [];
	});
}

function aboutControl(address: string | undefined): readonly string[] {
	if (address === undefined || isLoopback(address)) return [];
	return [
		`The control connection goes to ${address}, in the clear. Whoever reaches that port owns the calls, the secret notwithstanding: bind it to the loopback, or let nobody but this machine reach it.`,
	];
}

function aboutContacts(contacts: readonly Contact[]): readonly string[] {
	if (contacts.length === 0) {
		return ["The SIP server names no address that it listens on."];
	}
	if (contacts.some(({ transport }) => transport !== "udp")) return [];
	return [
		"The SIP server listens on UDP only: long messages break into fragments, and each thousand messages a second keep about 400 MB of its memory. Add TCP or TLS.",
	];
}

function isLoopback(address: string): boolean {
	const plain = address.replace(/^\[|\]$/g, "").replace(/^::ffff:/i, "");
	const version = isIP(plain);
	if (version === 0) return plain === "localhost";
	return loopback.check(plain, version === 6 ? "ipv6" : "ipv4");
}
